import { expect, test } from 'vitest';
import { headlineHtml, MARKS } from '../../../src/insight/search/headline.rules.ts';

test('the marks are the only tags of a headline (SEA-1)', () => {
  const marked = `${MARKS.start}bent${MARKS.stop} & ${MARKS.lessThan}b> "it's" <i>`;
  expect(headlineHtml(marked)).toBe('<b>bent</b> &amp; &lt;b&gt; &quot;it&#39;s&quot; &lt;i&gt;');
});
