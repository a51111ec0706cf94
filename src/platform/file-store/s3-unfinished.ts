import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { orFailure } from './s3-client.ts';

/**
 * Ends uploads in parts that were begun before this instant and never completed: their parts take room, and are in no
 * list of objects. Returns how many there were.
 */
export async function abortOlder(client: S3Client, Bucket: string, beforeMilliseconds: number): Promise<number> {
  let aborted = 0;
  let next: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (next !== undefined) {
    const page: ListMultipartUploadsCommandOutput = await orFailure(
      client.send(new ListMultipartUploadsCommand({ Bucket, ...next })),
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Initiated === undefined || Initiated.getTime() >= beforeMilliseconds) continue;
      await orFailure(client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })));
      aborted += 1;
    }
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    next = page.IsTruncated === true && KeyMarker !== undefined ? { KeyMarker, UploadIdMarker } : undefined;
  }
  return aborted;
}
