/**
 * The step that makes a webhook. It has a file of its own because webhook.commands.ts needs that the commands of all areas
 * are declared when it is imported.
 */
import { v7 as uuid7 } from 'uuid';
import type { Tx } from '../../platform/postgres/client.ts';
import { lastPosition } from '../audit/changes.loaders.ts';

/** What a webhook is made from. */
export interface NewWebhook {
  readonly name: string;
  readonly url: string;
  readonly sealedSecret: string;
  readonly events: readonly string[];
  readonly isActive: boolean;
  readonly createdById: string | null;
}

/** A step: makes a webhook whose values were judged, for what happens from now on. Returns its id. */
export async function addWebhook(tx: Tx, { events, ...fields }: NewWebhook): Promise<string> {
  const { id } = await tx.webhook.create({
    data: { ...fields, events: [...events], id: uuid7(), readPosition: await lastPosition(tx) },
  });
  return id;
}
