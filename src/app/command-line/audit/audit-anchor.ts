import { rm, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { newAnchorKey, readAnchorKey, signAnchor } from '../../audit-export/anchor-signature.ts';
import { newestAnchor, noteAnchor } from '../../audit-export/anchor.ts';
import { AppError, assert } from '../../../platform/values/assert.ts';
import { errorMessageOf } from '../../../platform/values/system-error.ts';
import { answer } from '../output.ts';
import { withServices } from '../services.ts';

/** Adds `lotgraph audit anchor` and `lotgraph audit keygen`. */
export function addAnchor(audit: Command): void {
  audit
    .command('anchor')
    .description(
      "Print the newest block's number and hash, to be kept where nobody who rules the database can change it.",
    )
    .option('--file <file>', 'append it to this file too, for "audit verify --anchor"')
    .option('--key <file>', 'sign it with this private key (see "audit keygen"); LOTGRAPH_ANCHOR_KEY unless given')
    .action(({ file, key: keyFile }: { readonly file?: string; readonly key?: string }) =>
      withServices(async ({ config, database }) => {
        const signingFile = keyFile ?? config.anchorKey;
        const key = signingFile === undefined ? undefined : await readAnchorKey(signingFile);
        const newest = await newestAnchor(database.reader());
        assert(newest !== undefined, 'Nothing is sealed yet.');
        const anchor = key === undefined ? newest : signAnchor(newest, key);
        if (file !== undefined) await noteAnchor(file, anchor);
        const signed = key === undefined ? '' : `, signed with the key ${key.id}`;
        answer(
          anchor,
          `Block ${anchor.number}, to position ${anchor.lastPosition}, sealed at ${anchor.sealedAt}: ${anchor.hash}${signed}`,
          file === undefined,
        );
      }),
    );

  audit
    .command('keygen')
    .description(
      'Make the key pair of the plant that signs anchors (Ed25519). Keep the private key off the database server.',
    )
    .requiredOption('--key <file>', 'where to write the private key, readable by its owner only; never overwritten')
    .option('--public <file>', 'where to write the public key; never overwritten')
    .option('--json', 'answer as JSON')
    .action(writeKeys);
}

interface KeygenOptions {
  readonly key: string;
  readonly public?: string;
  readonly json?: boolean;
}

async function writeKeys({ key: keyFile, public: publicFile, json }: KeygenOptions): Promise<void> {
  const { id, privatePem, publicPem } = newAnchorKey();
  await writeNew(keyFile, privatePem, 0o600);
  if (publicFile !== undefined)
    await writeNew(publicFile, publicPem, 0o644).catch(async (error: unknown) => {
      await rm(keyFile);
      throw error;
    });
  const text = `Key ${id}: the private key is in ${keyFile}, the public key ${publicFile === undefined ? `is\n${publicPem.trimEnd()}` : `in ${publicFile}.`}`;
  answer({ keyId: id, publicKey: publicPem }, text, json === true);
}

async function writeNew(file: string, content: string, mode: number): Promise<void> {
  await writeFile(file, content, { flag: 'wx', mode, flush: true }).catch((error: unknown) => {
    throw new AppError(`The key cannot be written: ${errorMessageOf(error)}`);
  });
}
