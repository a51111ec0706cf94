/**
 * The cost of the stages of an answer: each question has one stage more than the one before (docs/reading.md). Other
 * contenders do not answer them.
 */
import type { Question } from './question.ts';

const stage = (name: string, what: string, query: string): Question => ({ name, what, lotgraph: () => ({ query }) });
const executions = (fields: string): string => `{ processData(first: 100) { nodes { ${fields} } } }`;

/** One question per stage. */
export const STAGES: readonly Question[] = [
  stage('stage 1', 'the HTTP entry: request checks, credentials, document, limits, answer', '{ __typename }'),
  stage('stage 2', 'one record: a statement more', '{ processData(first: 1) { nodes { id } } }'),
  stage('stage 3', '100 records of one column', executions('id')),
  stage(
    'stage 4',
    '100 records of eight columns',
    executions('id attempt result startedAt completedAt durationSeconds notes version'),
  ),
  stage(
    'stage 5',
    '100 records, and five that each refers to',
    executions('id lot { number } serial { number } process { code } equipment { code } operator { username }'),
  ),
  stage('stage 6', '100 records, and 106 readings in their JSON', executions('id measurements { code value unit }')),
];
