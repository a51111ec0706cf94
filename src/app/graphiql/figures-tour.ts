/** What the operations of the tour about figures name. */
export interface FiguresSample {
  /** The code of a step, and of what is measured at it between two limits. */
  readonly measuredStep: string;
  readonly measuredCode: string;
  /** The code of a piece of equipment. */
  readonly machine: string;
}

/** The part of the tour about figures, one operation for each question. */
export function figuresTour({ measuredStep, measuredCode, machine }: FiguresSample): string {
  return `# 26. Figures: how much is right the first time?
#     By step, then by line. Without a period,
#     figures are of the last 30 days.
query Yields {
  yieldReport {
    rolledThroughputYield
    rows { process { code } firstPasses firstAttempts firstPassYield finalYield }
  }
  byLine: yieldReport(by: PRODUCTION_LINE) {
    rolledThroughputYields { key value }
  }
}

# 27. Which defects count most? Figures come as
#     numbers, as a picture (SVG) for a page, and
#     as a specification of Vega-Lite.
query Figures {
  defectPareto(limit: 5) {
    totalCount otherCount
    rows { key count cumulativeRatio isVitalFew }
    svg(width: 640, height: 320, theme: DARK)
  }
}

# 28. How long do steps take, and which of them
#     are slower than planned?
query Times {
  cycleTimes {
    byProcess { process { code } medianSeconds p95Seconds plannedSeconds }
    units { count meanLeadSeconds meanTouchSeconds flowRatio }
  }
  processPerformance {
    rows { process { code } executions passRatio openCount durationRatio }
    overall { executions passRatio meanDurationSeconds }
  }
}

# 29. How well is a machine used? The factors of
#     its effectiveness, and why one is missing.
query Effectiveness {
  oee(equipment: { code: "${machine}" }) {
    availability effectiveness qualityRatio oee reason
    producedCount goodCount
    secondsByStatus { status seconds }
  }
}

# 30. Is a step under control, and does it keep
#     its limits? Violations name their rule.
query Control {
  spcChart(
    input: {
      process: { code: "${measuredStep}" }
      code: "${measuredCode}"
      chart: XBAR_R
    }
  ) {
    centre sigma isStable reason subgroupCount
    violations { rule index }
    svg(theme: DARK)
  }
  processCapability(
    input: {
      process: { code: "${measuredStep}" }
      code: "${measuredCode}"
    }
  ) {
    readingCount mean lowerLimit upperLimit
    cpk { value lower upper } ppk { value }
    verdict advice
    histogram { from to count }
  }
}

# 31. What have bad units in common that good
#     ones have not? The greatest lift is first.
query CommonCauses {
  commonality(first: 5) {
    badCount goodCount testedCount
    rows { factor key exposedBad exposedCount lift pValue }
  }
}

# 32. Where do the lots stand? A server computes
#     this once a minute, for all who watch.
query LotBoard {
  lotDashboard(first: 5) {
    refreshedAt
    rows {
      lot { number }
      status wipItemCount wipItemCounts { status count }
      completionRatio failureRatio progressRatio meanLeadSeconds
    }
  }
}
`;
}
