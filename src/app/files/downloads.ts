/** The records whose files can be downloaded, by their type in the graph. */
import { testProgramById, testProgramVersionById } from '../../catalog/test-program/test-program.loaders.ts';
import { visibleJobById } from '../../operation/background-job/background-job.loaders.ts';
import { storedParams } from '../../operation/background-job/background-job.shapes.ts';
import { EXPORT_FILES, hasFile } from '../../operation/background-job/export.rules.ts';
import { artifactById } from '../../quality/artifact/artifact.loaders.ts';
import { readableReportById } from '../../quality/report/report.loaders.ts';
import { isDownloadable, REPORT_FILES } from '../../quality/report/report.rules.ts';
import { present } from '../../platform/values/assert.ts';
import type { Context } from '../../platform/request/context.ts';
import type { StorageLocation } from '../../platform/values/storage-location.ts';

/** A file that is there to be downloaded. */
export interface Download {
  readonly key: string;
  readonly location: StorageLocation;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly fileName: string;
  readonly contentType: string;
}

/** How the files of a type are found. */
export interface DownloadSource {
  /** The audited table and the action of the entry that each download leaves (AUD-6). */
  readonly entity: string;
  readonly action: string;
  /** The file of a record; `MISSING` answers 404, `EXPIRED` 410. */
  find(context: Context, id: string): Promise<Download | 'MISSING' | 'EXPIRED'>;
}

/** All types with files. */
export const DOWNLOADS: Readonly<Record<string, DownloadSource>> = {
  Artifact: {
    entity: 'artifacts',
    action: 'artifact.downloaded',
    async find(context, id) {
      const artifact = await artifactById.load(context, id);
      if (artifact === null || !artifact.isStored || artifact.storageKey === null) return 'MISSING';
      const { storageKey, storageLocation, checksumSha256, sizeBytes, fileName, contentType } = artifact;
      return {
        key: storageKey,
        location: storageLocation,
        sha256: checksumSha256,
        sizeBytes: Number(sizeBytes),
        fileName,
        contentType,
      };
    },
  },
  TestProgramVersion: {
    entity: 'test_program_versions',
    action: 'testProgram.downloaded',
    async find(context, id) {
      const version = await testProgramVersionById.load(context, id);
      const program = version && (await testProgramById.load(context, version.testProgramId));
      if (version === null || program === null) return 'MISSING';
      return {
        key: version.storageKey,
        location: 'PRIMARY',
        sha256: version.checksumSha256,
        sizeBytes: Number(version.sizeBytes),
        fileName: `${program.name}-${version.version}.zip`,
        contentType: 'application/zip',
      };
    },
  },
  BackgroundJob: {
    entity: 'background_jobs',
    action: 'backgroundJob.downloaded',
    async find(context, id) {
      const job = await visibleJobById.load(context, id);
      if (job === null || job.storageKey === null) return 'MISSING';
      if (!hasFile(job, context.now)) return 'EXPIRED';
      const { storageKey, checksumSha256, sizeBytes, fileName, params } = job;
      return {
        key: storageKey,
        location: 'PRIMARY',
        sha256: present(checksumSha256, 'The checksum of an export'),
        sizeBytes: Number(sizeBytes),
        fileName: present(fileName, 'The name of the file of an export'),
        contentType: EXPORT_FILES[storedParams(params).format].contentType,
      };
    },
  },
  Report: {
    entity: 'reports',
    action: 'report.downloaded',
    async find(context, id) {
      // RPT-5: the address was made for a principal, who may have lost the right to read the report since.
      const report = await readableReportById.load(context, id);
      if (report === null || report.status !== 'COMPLETED') return 'MISSING';
      if (!isDownloadable(report, context.now)) return 'EXPIRED';
      const { storageKey, checksumSha256, sizeBytes, fileName, format } = report;
      return {
        key: present(storageKey, 'The key of the file of a report'),
        location: 'PRIMARY',
        sha256: present(checksumSha256, 'The checksum of a report'),
        sizeBytes: Number(sizeBytes),
        fileName: present(fileName, 'The name of the file of a report'),
        contentType: REPORT_FILES[format].contentType,
      };
    },
  },
};
