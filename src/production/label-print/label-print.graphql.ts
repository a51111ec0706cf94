import { LabelType } from '../../catalog/process/process.graphql.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation, mutationWith, payloadOf, type Payload } from '../../platform/graphql/mutation.ts';
import { optionalReference } from '../../platform/read/field.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { Context } from '../../platform/request/context.ts';
import { ANY, USERS } from '../../platform/rules/access.ts';
import { Lot } from '../lot/lot.graphql.ts';
import { lotById } from '../lot/lot.loaders.ts';
import { ProcessData } from '../process-data/execution/process-data.graphql.ts';
import { processDataById } from '../process-data/execution/process-data.loaders.ts';
import { Serial } from '../serial/serial.graphql.ts';
import { serialById } from '../serial/serial.loaders.ts';
import { UnitRef } from '../unit/unit.graphql.ts';
import { noSuchUnit } from '../unit/unit-reference.rules.ts';
import { WipItem } from '../wip-item/wip-item.graphql.ts';
import { wipItemById } from '../wip-item/wip-item.loaders.ts';
import { beginAndSend, printLabel, recordLabelPrint } from './label-print.commands.ts';
import { drawLabel, type Label, labelledUnit, labelPrintById, labelPrintList } from './label-print.loaders.ts';
import { LABEL_CODES, LABEL_FORMATS, LABEL_PRINT_STATUSES, unitFitsLabel } from './label-print.rules.ts';
import { AskLabel } from './label-print.shapes.ts';

export const LabelPrintStatus = enumeration(
  'LabelPrintStatus',
  LABEL_PRINT_STATUSES,
  'How the print of a label ended.',
  {
    SUCCESS: 'The printer has taken the whole label; without a printer, nothing was sent.',
    FAILED: 'The label was not printed, or nobody knows whether it was.',
  },
);

const LabelFormat = enumeration('LabelFormat', LABEL_FORMATS, 'The form in which a label is drawn.', {
  SVG: 'A drawing for pages and documents, as text.',
  PNG: 'A picture, in base64.',
  ZPL: 'The program of a label printer, as text: ZPL II for a label of 50 × 25 mm at 203 dots per inch.',
});

const LabelCode = enumeration('LabelCode', LABEL_CODES, 'The code that a scanner reads from a label.', {
  DATA_MATRIX: 'A DataMatrix (ISO/IEC 16022): the smallest.',
  QR_CODE: 'A QR code (ISO/IEC 18004): every telephone reads it.',
});

export const LabelPrint = builder.prismaObject('LabelPrint', {
  fields: (t) => ({
    labelType: t.expose('labelType', { type: LabelType }),
    lot: t.field({
      type: Lot,
      nullable: true,
      description: 'The lot; null unless it is the label of a lot.',
      ...optionalReference(lotById, 'lotId'),
    }),
    wipItem: t.field({
      type: WipItem,
      nullable: true,
      description: 'The WIP item; null unless it is the label of a WIP item.',
      ...optionalReference(wipItemById, 'wipItemId'),
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial; null unless it is the label of a serial.',
      ...optionalReference(serialById, 'serialId'),
    }),
    text: t.exposeString('text'),
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The execution that led to the print; null when none did.',
      ...optionalReference(processDataById, 'processDataId'),
    }),
    printer: t.exposeString('printer', { nullable: true }),
    status: t.expose('status', { type: LabelPrintStatus }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    printedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who printed it; null when a station, a service or a step did.',
      ...optionalReference(userById, 'printedById'),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
asNode(LabelPrint, labelPrintById, USERS);

const LabelPrintConnection = connectionType({
  connection: labelPrintList,
  node: LabelPrint,
  name: 'LabelPrint',
  what: 'prints of labels',
});
LabelPrintConnection.root('labelPrints', { access: USERS, description: 'The prints of labels, the newest first.' });
LabelPrintConnection.on(Lot, 'labelPrints', 'lotId', {
  access: USERS,
  description: 'The prints of the label of the lot. Null for stations.',
});
LabelPrintConnection.on(WipItem, 'labelPrints', 'wipItemId', {
  access: USERS,
  description: 'The prints of the label of the item. Null for stations.',
});
LabelPrintConnection.on(Serial, 'labelPrints', 'serialId', {
  access: USERS,
  description: 'The prints of the label of the serial. Null for stations.',
});
LabelPrintConnection.on(ProcessData, 'labelPrints', 'processDataId', {
  access: USERS,
  description: 'The prints that the execution led to. Null for stations.',
});

const LabelRef = builder.objectRef<Label>('Label').implement({
  description: 'A label, drawn. Drawing is not printing: nothing is kept of it.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'The number in its code: that of the lot, the item or the serial.' }),
    content: t.exposeString('content', { description: 'The SVG or ZPL as text, the PNG in base64.' }),
    contentType: t.exposeString('contentType', {
      description: 'The media type of the content: `image/svg+xml`, `image/png` or `application/zpl`.',
    }),
  }),
});

builder.queryField('label', (t) =>
  t.field({
    type: LabelRef,
    nullable: true,
    description:
      'The label of a lot, a WIP item or a serial: a code with its number, and the number as people read it.',
    authScopes: { may: ANY },
    args: {
      unit: t.arg({ type: UnitRef, required: true, description: 'What the label is of.' }),
      labelType: t.arg({ type: LabelType, required: true, description: 'The type of the label, which fits the unit.' }),
      format: t.arg({ type: LabelFormat, required: true, description: 'The form in which it is drawn.' }),
      code: t.arg({
        type: LabelCode,
        defaultValue: 'DATA_MATRIX',
        description: 'The code on it. Prints have a DataMatrix.',
      }),
    },
    resolve: (_root, args, context) => askLabel(context, args),
  }),
);

async function askLabel(context: Context, args: object): Promise<Label> {
  const { unit: reference, labelType, format, code } = parseArguments(AskLabel, args);
  const unit = (await labelledUnit(context.db, reference, labelType)) ?? rejectQuery([noSuchUnit(reference)]);
  const misfit = unitFitsLabel(labelType, unit);
  return misfit === undefined ? drawLabel(unit, format, code) : rejectQuery([misfit]);
}

const LABEL_TYPE = 'What the label is of.';
const UNIT = 'The lot, WIP item or serial; one that fits the type of the label (LBL-1).';
const PROCESS_DATA = 'The id of the finished execution that led to the print: one of the unit, or of its lot (LBL-1).';

mutationWith(
  printLabel,
  {
    input: (t) => ({
      labelType: t.field({ type: LabelType, required: true, description: LABEL_TYPE }),
      unit: t.field({ type: UnitRef, required: true, description: UNIT }),
      printer: t.string({
        description:
          'The name of a configured printer (`LOTGRAPH_LABEL_PRINTERS`); the first one unless given. Without any, the print is only kept.',
      }),
      processData: t.id({ description: PROCESS_DATA }),
    }),
    payload: (t) => ({
      labelPrint: t.field({
        type: LabelPrint,
        nullable: true,
        description: 'The print. Its `status` says whether the printer took the label.',
        resolve: (p: Payload<{ readonly labelPrint: string }>, _args, context, info) =>
          loadById(labelPrintById, p.labelPrint, context, info),
      }),
    }),
  },
  (input, context) => beginAndSend(input, context).then(({ output, errors }) => payloadOf(output, errors)),
);

mutation(recordLabelPrint, {
  input: (t) => ({
    labelType: t.field({ type: LabelType, required: true, description: LABEL_TYPE }),
    unit: t.field({ type: UnitRef, required: true, description: UNIT }),
    printer: t.string({ description: 'The name of the printer, at most 100 characters; it need not be configured.' }),
    processData: t.id({ description: PROCESS_DATA }),
    status: t.field({ type: LabelPrintStatus, required: true, description: 'How the print ended.' }),
    errorMessage: t.string({
      description: 'Why it FAILED, at most 1,000 characters; required then, and not allowed otherwise (LBL-1).',
    }),
  }),
  payload: (t) => ({
    labelPrint: t.field({
      type: LabelPrint,
      nullable: true,
      description: 'The print that was kept.',
      resolve: (p, _args, context, info) => loadById(labelPrintById, p.labelPrint, context, info),
    }),
  }),
});
