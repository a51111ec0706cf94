import { rejection, type Rejection } from '../../platform/rules/rejection.ts';
import { lookAlikeHint, unitNumberOf, unknownUnit } from '../lot/unit-number.rules.ts';

/**
 * The rejection of a reference that names no unit. A text with the form of one kind's number is missing among that
 * kind; any other text could have been an external number.
 */
export function noSuchUnit(
  reference: { readonly key: string; readonly value: string | number },
  path = 'unit',
): Rejection {
  if (reference.key === 'id') return rejection('NOT_FOUND', path, 'The unit with this id does not exist.');
  const text = String(reference.value);
  const own = unitNumberOf(text);
  if (own !== undefined) return unknownUnit(own.kind, text, path);
  return rejection(
    'NOT_FOUND',
    path,
    `No lot, WIP item or serial has the number ${JSON.stringify(text)}; own numbers look like KR01PSA261101, WIP-KR01PSA261101-001 or KR01PSA261101001.${lookAlikeHint(text)}`,
  );
}
