/** The pictures of a report. */
import { paretoPicture } from '../../../insight/defect-figure/pareto-picture.rules.ts';
import { trendPicture } from '../../../insight/defect-figure/trend-picture.rules.ts';
import { oeePicture } from '../../../insight/oee/oee-picture.rules.ts';
import { cycleTimePicture } from '../../../insight/performance/cycle-time-picture.rules.ts';
import type { PictureLook } from '../../../insight/picture/svg.rules.ts';
import type { PictureTheme } from '../../../insight/picture/theme.rules.ts';
import { histogramPicture } from '../../../insight/spc/histogram-picture.rules.ts';
import { yieldPicture } from '../../../insight/yield/yield-picture.rules.ts';
import type { Drawing, Section } from '../content/content.ts';

/** The pictures of a section as whole SVG documents: smaller ones where they are several. */
export function picturesOf({ drawings }: Section, theme: PictureTheme): readonly string[] {
  const size = drawings.length > 1 ? { width: 480, height: 280 } : { width: 720, height: 360 };
  return drawings.map((drawing) => drawn(drawing, { ...size, theme }));
}

function drawn(drawing: Drawing, look: PictureLook): string {
  switch (drawing.kind) {
    case 'CAPABILITY':
      return histogramPicture(drawing.figure, look);
    case 'CYCLE_TIMES':
      return cycleTimePicture(drawing.figure, look);
    case 'OEE':
      return oeePicture(drawing.figure, look);
    case 'PARETO':
      return paretoPicture(drawing.figure, look);
    case 'TREND':
      return trendPicture(drawing.figure, look);
    case 'YIELD':
      return yieldPicture(drawing.figure, look);
  }
}
