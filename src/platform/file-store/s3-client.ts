/**
 * The connection to an S3 server: how it is made, and what its errors mean. The errors of the client hold headers and
 * names of keys; nothing of them but a short text leaves this file.
 */
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { AppError } from '../values/assert.ts';
import type { BucketAddress } from '../values/file-store-address.ts';
import { errorCodeOf } from '../values/system-error.ts';
import { FileStoreFull, FileStoreUnavailable } from './file-store.ts';

/**
 * Makes the client. The credentials come from where the tools of Amazon look for them: variables of the environment, the
 * files of a profile, the role of the machine.
 */
export function s3Client({ endpoint, region }: BucketAddress): S3Client {
  return new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    // Most servers other than Amazon's have no host name for each bucket.
    forcePathStyle: true,
    // By default the client sends a checksum behind the content, framed as `aws-chunked`. Not every server knows this
    // form, and one stored the frames as a part of the content.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MILLISECONDS, socketTimeout: SILENCE_MILLISECONDS },
  });
}

/** What a request answers; its error as one of the gateway. */
export async function orFailure<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw storeFailureOf(error);
  }
}

/** What a request answers, or undefined when there is no such object. */
export async function orUndefined<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (statusOf(error) === NOT_FOUND) return undefined;
    throw storeFailureOf(error);
  }
}

/** A failed request as an error of the gateway. */
export function storeFailureOf(error: unknown): Error {
  const status = statusOf(error);
  const said = `${nameOf(error)}${status === undefined ? '' : `, HTTP ${status}`}`;
  if (status === INSUFFICIENT_STORAGE) return new FileStoreFull(`The S3 server has no room (${said}).`);
  return new FileStoreUnavailable(`The S3 server did not do what was asked (${said}).`);
}

/** Why a bucket cannot be used, as a sentence for the operator. It shows the address, which holds no secret. */
export function unusableBucket({ bucket, endpoint, region }: BucketAddress, error: unknown): AppError {
  const where = `${bucket} at ${endpoint ?? 'Amazon S3'} (${region})`;
  const status = statusOf(error);
  if (status === NOT_FOUND)
    return new AppError(`LOTGRAPH_FILES: there is no bucket ${where}; make it, or name another one.`);
  if (status === FORBIDDEN || status === UNAUTHORIZED)
    return new AppError(
      `LOTGRAPH_FILES: the bucket ${where} refuses these credentials; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may list, read, write and delete there.`,
    );
  if (nameOf(error) === 'CredentialsProviderError')
    return new AppError(
      `LOTGRAPH_FILES: there are no credentials for the bucket ${where}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    );
  const why = status === undefined ? (errorCodeOf(error) ?? nameOf(error)) : `HTTP ${status}`;
  return new AppError(
    `LOTGRAPH_FILES: the bucket ${where} cannot be reached (${why}); check the endpoint and the region, and that the server runs.`,
  );
}

const ATTEMPTS = 3;
const CONNECT_MILLISECONDS = 5_000;
const SILENCE_MILLISECONDS = 60_000;

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const INSUFFICIENT_STORAGE = 507;

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** What kind of error it is, such as `SlowDown` or `ECONNREFUSED`. */
function nameOf(error: unknown): string {
  return errorCodeOf(error) ?? (error instanceof Error ? error.name : 'unknown error');
}
