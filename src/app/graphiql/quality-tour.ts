/** The operations of the tour about inspections, models and reports. */
export function qualityTour({ finding }: { readonly finding: string }): string {
  return `# 10. What did inspections find? Findings give
#     score and verdict. A downloadUrl shows the
#     picture of a sample.
query Inspections {
  inspections(
    first: 5
    filter: { status: { eq: COMPLETED } }
    orderBy: [{ field: COMPLETED_AT, direction: DESC }]
  ) {
    nodes {
      sampleCode type round verdict
      qualityScore grade violations isReviewed
      lot { number disposition }
      inspector { fullName }
      defects(first: 5) {
        nodes {
          type severity detectionMethod confidence
          location reviewStatus
        }
      }
      artifacts(first: 2) {
        nodes { fileName contentType sizeBytes downloadUrl }
      }
    }
  }
  inspectionStatistics {
    total passRatio meanQualityScore
    backlogCount openReviewCount
  }
  defectStatistics {
    total bySeverity { key count } falsePositiveCount
  }
}

# 11. Take the most urgent inspection from the
#     queue. When none is left, it is null.
mutation NextInspection {
  startNextInspection(input: {}) {
    inspection {
      sampleCode type status priority
      lot { number }
      artifacts(first: 2) { nodes { fileName downloadUrl } }
    }
    errors { code rule path message }
  }
}

# 12. A person reviews a finding, and the
#     inspection is judged again.
mutation Review {
  reviewDefect(
    input: {
      id: "${finding}"
      reviewStatus: FALSE_POSITIVE
      notes: "a reflection, seen in the tour"
    }
  ) {
    defect { type severity reviewStatus reviewedBy { fullName } }
    inspection { sampleCode verdict qualityScore grade }
    errors { code rule path message }
  }
}

# 13. Models look, too: they claim jobs from a
#     queue and report findings. How do they do?
query Models {
  inferenceJobs(first: 5) {
    nodes {
      modelName modelVersion status
      latencyMilliseconds discardedCount
      inspection { sampleCode type }
      defects(first: 3) { nodes { type confidence } }
    }
  }
  inferenceMetrics(windowMinutes: 1440) {
    totalCount successRatio meanLatencyMilliseconds
    queueDepth health
    anomalies { kind severity value threshold }
  }
}

# 14. Reports, made by a worker. Open one by its
#     downloadUrl.
query Reports {
  reports(first: 5) {
    nodes {
      title type format status
      periodFrom periodTo dataAsOf
      requestedBy { fullName }
      sizeBytes expiresAt downloadUrl
    }
  }
}
`;
}
