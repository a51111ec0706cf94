import { globalId, recordReference } from '../../platform/input/schemas.ts';
import { writtenNumber } from '../lot/unit-number.shapes.ts';

/** A lot, a WIP item or a serial: its id, its own number in any spelling, or its external number, exact. */
export const unitRef = recordReference({ id: globalId('Lot', 'WipItem', 'Serial'), number: writtenNumber });
