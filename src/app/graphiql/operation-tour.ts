/** What the operations of the tour about the running of the factory name. */
export interface OperationSample {
  /** The number of a serial with a label. */
  readonly labelledSerial: string;
  /** The ids of two shared filters, one of lots and one of alerts. */
  readonly lotFilter: string;
  readonly alertFilter: string;
}

/** The operations of the tour about what goes on in the factory, and about what other systems get to know. */
export function operationTour({ labelledSerial, lotFilter, alertFilter }: OperationSample): string {
  return `# 17. Find executions by words in their notes,
#     defects and readings: the best ones first.
query Search {
  searchProcessData(text: "\\"set aside\\" or scratch", first: 5) {
    totalCount
    edges {
      rank headline
      node {
        unit { number } process { code } result
        defects { code description severity }
      }
    }
    facets {
      byProcess { process { code } count }
      byResult { result count }
      bySeverity { severity count }
    }
  }
}

# 18. What is going on now? The subscription
#     liveMetricsChanged goes on telling it.
query LiveMetrics {
  liveMetrics {
    countedAt
    executionsLastHour passRatioLastHour failRatioLastHour
    openExecutions wipInProgressCount
    equipmentInUseCount equipmentActiveCount
    heldLotCount unreadAlertCount pendingInspectionCount
    latestFailures { unit { number } process { code } completedAt }
  }
}

# 19. What needs attention? The server raises
#     alerts, and so do people.
query Alerts {
  alerts(first: 5, orderBy: [{ field: SEVERITY, direction: DESC }]) {
    totalCount unreadCount
    nodes {
      type severity status title message createdAt
      lot { number } process { code }
      createdBy { fullName } readBy { fullName } readAt
    }
  }
  manual: alerts(first: 3, filter: { type: { eq: MANUAL } }) {
    nodes { severity status title message createdBy { fullName } }
  }
}

# 20. The label of a serial as a drawing, and how
#     its prints ended. A failed one says why.
query Labels {
  label(
    unit: { number: "${labelledSerial}" }
    labelType: SERIAL_LABEL
    format: SVG
  ) {
    text contentType content
  }
  serialByNumber(number: "${labelledSerial}") {
    number
    labelPrints(first: 5) {
      nodes {
        status errorMessage printer createdAt
        printedBy { fullName } processData { process { code } }
      }
    }
  }
  failed: labelPrints(first: 3, filter: { status: { eq: FAILED } }) {
    totalCount
    nodes { labelType text printer errorMessage createdAt }
  }
}

# 21. Work that takes a while is done by workers.
#     Each item of a batch has an end of its own;
#     an export has a file. Open its downloadUrl.
query BackgroundJobs {
  backgroundJobs(first: 5) {
    nodes {
      kind status totalCount doneCount failedCount
      requestedBy { fullName } queuedAt finishedAt
      items(last: 2) {
        nodes {
          index processData { unit { number } result }
          errors { code rule path message }
        }
      }
      result { fileName rowCount sizeBytes downloadUrl }
    }
  }
}

# 22. Filters have names. Yours and shared ones
#     are applied to their lists by their ids.
query SavedFilters {
  savedFilters(first: 5) {
    nodes {
      id name description target filter orderBy
      isShared owner { fullName }
    }
  }
  lots(first: 5, savedFilter: "${lotFilter}") {
    totalCount
    nodes { number status disposition dispositionReason }
  }
  alerts(first: 5, savedFilter: "${alertFilter}") {
    totalCount
    nodes { severity status title }
  }
}

# 23. What other systems are told, and how that
#     went. This one is not active: nothing is
#     sent to it.
query Webhooks {
  webhooks(first: 5) {
    nodes {
      name url events isActive
      deliveries(first: 3) {
        totalCount
        nodes {
          type occurredAt status attempts
          responseStatus errorMessage nextTryAt
        }
      }
    }
  }
}

# 24. What takes the time of this server? For
#     administrators and engineers.
query Monitoring {
  statementStatistics(order: TOTAL, first: 3) {
    statement count slowCount totalMilliseconds p50 p95
  }
  slowStatements { statement milliseconds operationName }
  operationStatistics {
    operationName count refusalCount faultCount p95
  }
}

# 25. What this plant has set, and what its
#     operations cost. Secrets are never shown.
query Settings {
  configEntries(first: 10) {
    nodes { key environment type value isSet description }
  }
  performanceBaselines(first: 5) {
    nodes { metric subject kind value unit measuredAt }
  }
}
`;
}
