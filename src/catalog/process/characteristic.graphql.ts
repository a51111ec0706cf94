import { builder } from '../../platform/graphql/builder.ts';
import type { Characteristic as Specification } from './route.rules.ts';

export const Characteristic = builder.objectRef<Specification>('Characteristic').implement({
  description: 'The specification of one kind of reading at a step (PRC-6). Limits are part of the good range.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'What is read; readings of this code are judged by it (PD-10).' }),
    unit: t.exposeString('unit', { nullable: true, description: 'The unit of measure; null when any is taken.' }),
    lowerLimit: t.expose('lowerLimit', {
      type: 'Decimal',
      nullable: true,
      description: 'The lowest good value, in the unit; null for none.',
    }),
    upperLimit: t.expose('upperLimit', {
      type: 'Decimal',
      nullable: true,
      description: 'The highest good value, in the unit; null for none.',
    }),
    target: t.expose('target', {
      type: 'Decimal',
      nullable: true,
      description: 'The value aimed at, in the unit; null for none.',
    }),
    required: t.exposeBoolean('required', { description: 'Whether a PASS needs a reading of it (PD-10).' }),
  }),
});

export const CharacteristicInput = builder.inputType('CharacteristicInput', {
  description:
    'The specification of one kind of reading at a step (PRC-6). lowerLimit <= target <= upperLimit, where given.',
  fields: (t) => ({
    code: t.string({
      required: true,
      description: 'What is read: 1 to 50 of A-Z 0-9 _ . -, in any case. Each code comes once.',
    }),
    unit: t.string({
      description: 'The unit of measure, 1 to 20 characters. A reading in another unit is refused (PD-11).',
    }),
    lowerLimit: t.field({ type: 'Decimal', description: 'The lowest good value; no limit unless given.' }),
    upperLimit: t.field({ type: 'Decimal', description: 'The highest good value; no limit unless given.' }),
    target: t.field({ type: 'Decimal', description: 'The value aimed at.' }),
    required: t.boolean({ defaultValue: false, description: 'Whether a PASS needs a reading of it (PD-10).' }),
  }),
});
