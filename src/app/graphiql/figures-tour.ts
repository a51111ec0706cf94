/** The part of the tour about figures. */
export const FIGURES_TOUR = `# 25. Which defects count most? Figures come as
#     numbers, as a picture (SVG), and as a
#     specification of Vega-Lite.
query Figures {
  defectPareto(limit: 5) {
    totalCount
    rows { key count cumulativeRatio isVitalFew }
    svg(width: 640, height: 320, theme: DARK)
  }
  yieldReport {
    rolledThroughputYield
    rows { process { code } firstPassYield finalYield }
  }
}
`;
