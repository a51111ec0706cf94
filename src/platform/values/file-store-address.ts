/** Where the file store is, as the setting LOTGRAPH_FILES names it: a folder, or a bucket of an S3 server. */

/** A bucket of an S3 server. Its credentials are not part of the address. */
export interface BucketAddress {
  readonly bucket: string;
  /** The URL of the server; undefined for Amazon S3 itself. */
  readonly endpoint: string | undefined;
  readonly region: string;
}

/** A place of the file store. */
export type FileStoreAddress = { readonly folder: string } | BucketAddress;

/** The place that a text names; a text that names none is answered with what is wrong, without its value. */
export function fileStoreAddressOf(text: string): FileStoreAddress | { readonly problem: string } {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
  if (scheme === undefined) return { folder: text };
  if (scheme.toLowerCase() !== 's3') return { problem: `${scheme}:// is not known; the file store is ${FORMS}` };
  const [, beforeQuery = '', query = ''] = /^s3:\/\/([^?]*)\??(.*)$/i.exec(text) ?? [];
  if (beforeQuery.includes('@')) return { problem: WITH_CREDENTIALS };
  const bucket = beforeQuery.replace(/\/$/, '');
  if (!BUCKET.test(bucket))
    return { problem: `after s3:// comes the name of one bucket and no path; the file store is ${FORMS}` };
  const parameters = new URLSearchParams(query);
  const names = [...parameters.keys()];
  if (names.some((name, at) => !PARAMETERS.includes(name) || names.indexOf(name) !== at))
    return { problem: `an address of S3 has each of ${PARAMETERS.join(' and ')} at most once, and nothing else` };
  const endpoint = parameters.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !isEndpoint(endpoint))
    return {
      problem: 'the endpoint must be the URL of the S3 server, like https://s3.plant.example, without a password',
    };
  const region = parameters.get('region') ?? '';
  if (!REGION.test(region)) return { problem: 'an address of S3 names its region, like region=us-east-1' };
  return { bucket, endpoint, region };
}

/** What is wrong with a text as the place of the file store; undefined when it names one. */
export function fileStoreProblem(text: string): string | undefined {
  const address = fileStoreAddressOf(text);
  return 'problem' in address ? address.problem : undefined;
}

const FORMS = 'a folder, or s3://bucket?endpoint=https://host&region=name';
const WITH_CREDENTIALS =
  'credentials do not belong into the address; put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
const PARAMETERS: readonly string[] = ['endpoint', 'region'];
/** The rules of Amazon S3 for names of buckets, as far as a pattern says them. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z0-9-]{1,50}$/;

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}
