import { z } from 'zod';
import { integer, oneOf, withDefault } from '../../platform/input/schemas.ts';
import { PICTURE_SIZE } from './picture.rules.ts';
import { PICTURE_THEMES, type PictureThemeName } from './theme.rules.ts';

/** The arguments of `svg`. */
export const AskPicture = z.strictObject({
  width: withDefault(integer(PICTURE_SIZE.width.min, PICTURE_SIZE.width.max), PICTURE_SIZE.width.usual),
  height: withDefault(integer(PICTURE_SIZE.height.min, PICTURE_SIZE.height.max), PICTURE_SIZE.height.usual),
  theme: withDefault<PictureThemeName>(oneOf(PICTURE_THEMES), 'LIGHT'),
});
