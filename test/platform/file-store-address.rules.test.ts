import { describe, expect, test } from 'vitest';
import { fileStoreAddressOf, fileStoreProblem } from '../../src/platform/values/file-store-address.ts';

describe('the address of the file store', () => {
  test.each(['files', '/srv/files', './a b', String.raw`C:\files`, 's3', 's3:bucket'])('%s is a folder', (folder) => {
    expect(fileStoreAddressOf(folder)).toEqual({ folder });
    expect(fileStoreProblem(folder)).toBeUndefined();
  });

  test('names a bucket, the server and its region', () => {
    expect(fileStoreAddressOf('s3://plant-1.files?endpoint=http://127.0.0.1:9000&region=eu-central-1')).toEqual({
      bucket: 'plant-1.files',
      endpoint: 'http://127.0.0.1:9000',
      region: 'eu-central-1',
    });
    expect(fileStoreAddressOf('S3://files/?region=eu-central-1')).toEqual({
      bucket: 'files',
      endpoint: undefined,
      region: 'eu-central-1',
    });
  });

  const FORMS = 'the file store is a folder, or s3://bucket?endpoint=https://host&region=name';
  const NO_BUCKET = `after s3:// comes the name of one bucket and no path; ${FORMS}`;
  const PARAMETERS = 'an address of S3 has each of endpoint and region at most once, and nothing else';
  const ENDPOINT = 'the endpoint must be the URL of the S3 server, like https://s3.plant.example, without a password';
  const CREDENTIALS =
    'credentials do not belong into the address; put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  test.each([
    ['gs://files?region=eu', `gs:// is not known; ${FORMS}`],
    ['file:///srv/files', `file:// is not known; ${FORMS}`],
    ['s3://', NO_BUCKET],
    ['s3://?region=eu', NO_BUCKET],
    ['s3:///files?region=eu', NO_BUCKET],
    ['s3://files/plant?region=eu', NO_BUCKET],
    ['s3://Files?region=eu', NO_BUCKET],
    ['s3://ab?region=eu', NO_BUCKET],
    ['s3://key:hidden@files?region=eu', CREDENTIALS],
    ['s3://files?region=eu&secret=hidden', PARAMETERS],
    ['s3://files?region=eu&region=us', PARAMETERS],
    ['s3://files?endpoint=s3.plant.example&region=eu', ENDPOINT],
    ['s3://files?endpoint=ftp://s3.plant.example&region=eu', ENDPOINT],
    ['s3://files?endpoint=http://key:hidden@s3.plant.example&region=eu', ENDPOINT],
    ['s3://files?endpoint=http://s3.plant.example', 'an address of S3 names its region, like region=us-east-1'],
    ['s3://files', 'an address of S3 names its region, like region=us-east-1'],
  ])('%s is none, and it is said what would be right', (text, problem) => {
    expect(fileStoreProblem(text)).toBe(problem);
    expect(problem).not.toContain('hidden');
  });
});
