import { enumeration, type SchemaTypes } from '../../platform/graphql/builder.ts';
import { costs } from '../../platform/read/field-extensions.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { PICTURE_COST, PICTURE_SIZE } from './picture.rules.ts';
import { AskPicture } from './picture.shapes.ts';
import type { PictureLook } from './svg.rules.ts';
import { PICTURE_THEMES, THEME_COLOURS } from './theme.rules.ts';
import type { Spec } from './vega-lite.rules.ts';

const Theme = enumeration('PictureTheme', PICTURE_THEMES, 'The colours of a picture.', {
  LIGHT: 'Dark on white.',
  DARK: 'Light on a dark ground.',
});

/** How a figure is drawn. */
export interface Pictures<Figure> {
  readonly svg: (figure: Figure, look: PictureLook) => string;
  readonly vegaLite: (figure: Figure) => Spec;
}

/** The fields of a figure that draw it. */
export function pictureFields<Figure>(
  t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Figure>,
  { svg, vegaLite }: Pictures<Figure>,
) {
  const { width, height } = PICTURE_SIZE;
  return {
    svg: t.string({
      description:
        'The figure as a picture: a whole SVG document with title, description, axes and units. The same figure gives the same text. Without data it says so.',
      extensions: costs(PICTURE_COST),
      args: {
        width: t.arg.int({
          defaultValue: width.usual,
          description: `In CSS pixels: ${width.min} to ${width.max}.`,
        }),
        height: t.arg.int({
          defaultValue: height.usual,
          description: `In CSS pixels: ${height.min} to ${height.max}.`,
        }),
        theme: t.arg({ type: Theme, defaultValue: 'LIGHT', description: 'The colours.' }),
      },
      resolve(figure, args) {
        const { theme, ...size } = parseArguments(AskPicture, args);
        return svg(figure, { ...size, theme: THEME_COLOURS[theme] });
      },
    }),
    vegaLite: t.field({
      type: 'JSON',
      description: 'The figure as a whole specification of Vega-Lite 5 with its data, for clients that draw it.',
      extensions: costs(PICTURE_COST),
      resolve: (figure) => vegaLite(figure),
    }),
  };
}
