/** What the ticket of an upload says: who may send what. It is signed, and it is the input of the command that follows. */
import { z } from 'zod';
import { parseInput } from '../../platform/input/parse.ts';
import { principalText, type Viewer } from '../../platform/rules/access.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import type { RequestUpload } from './artifact.shapes.ts';

/** A ticket that was verified. */
export interface UploadTicket {
  /** Identifies the upload, so that a repeated one has one effect. */
  readonly id: string;
  /** The principal for whom it was made, as `principalText` writes it. */
  readonly principal: string;
  /** The input of `uploadArtifact`, without the file. */
  readonly input: object;
}

/** The text of a ticket. */
export function ticketText(
  viewer: Viewer,
  id: string,
  { inspection, inferenceJob, defect, ...input }: z.infer<typeof RequestUpload>,
): string {
  const ticket: UploadTicket = {
    id,
    principal: principalText(viewer),
    input: {
      ...input,
      inspection: encodeGlobalId('Inspection', inspection),
      ...(inferenceJob === undefined ? {} : { inferenceJob: encodeGlobalId('InferenceJob', inferenceJob) }),
      ...(defect === undefined ? {} : { defect: encodeGlobalId('Defect', defect) }),
    },
  };
  return JSON.stringify(ticket);
}

/** Reads the text of a ticket; undefined when another release has written it. */
export function ticketIn(text: string): UploadTicket | undefined {
  const parsed = parseInput(TICKET, JSON.parse(text));
  return 'value' in parsed ? parsed.value : undefined;
}

const TICKET = z.object({ id: z.uuid(), principal: z.string(), input: z.looseObject({}) });
