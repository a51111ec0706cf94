import { qualityTour } from './quality-tour.ts';
import { type FiguresSample, figuresTour } from './figures-tour.ts';
import { genealogyTour } from './genealogy-tour.ts';
import { type OperationSample, operationTour } from './operation-tour.ts';
import { STATION_TOUR } from './station-tour.ts';

/** What the operations of the tour name. */
export interface TourSample extends OperationSample, FiguresSample {
  readonly lot: string;
  readonly item: string;
  readonly step: string;
  /** The ids of two routes of one model, the earlier one first. */
  readonly fromRoute: string;
  readonly toRoute: string;
  /** The id of a finding that waits for a review. */
  readonly finding: string;
  /** The number of a supplier's lot that was built in. */
  readonly supplierLot: string;
}

/** The operations of the tour with these names. */
export function tourText(sample: TourSample): string {
  const { lot, item, step, fromRoute, toRoute, finding, supplierLot, labelledSerial, lotFilter, alertFilter } = sample;
  return `# Welcome to lotgraph: which units were made,
# how was each proven, may this unit go on?
#
# Put the cursor into an operation and press
# Ctrl-Enter, or choose one at the play button.
# The book at the left is the documentation,
# Ctrl-Space completes. On your own machine you
# are already signed in (see "Headers" below).

# 1. Which lots are in work, and how far?
query LotsInWork {
  lots(first: 5, filter: { status: { eq: IN_PROGRESS } }) {
    totalCount
    nodes {
      number disposition progressRatio
      productModel { code name }
      productionLine { code }
      targetQuantity wipItemCount actualQuantity
      passedQuantity failedQuantity
    }
    pageInfo { hasNextPage endCursor }
  }
}

# 2. Proven how? The journey of a unit: what was
#    done to its lot, to the item that it was
#    made from, and to itself, in order of time.
query ProvenHow {
  serials(
    first: 1
    filter: { status: { eq: PASSED } }
    orderBy: [{ field: COMPLETED_AT, direction: DESC }]
  ) {
    nodes {
      number status
      journey(first: 50) {
        nodes {
          stepNumber process { code }
          unit { __typename number }
          attempt result completedAt durationSeconds
          operator { fullName }
          equipment { code }
          measurements {
            code value unit lowerLimit upperLimit verdict
          }
          defects { code severity }
        }
      }
    }
  }
}

# 3. May this unit go on, and why or why not? The
#    functions that judge a start answer here.
query MayItGoOn {
  scan(
    code: "${item}"
    process: { code: "${step}" }
  ) {
    kind
    wipItem {
      number status
      nextProcess { code }
      passedProcesses { code }
    }
    readiness {
      isReady
      checks { rule isPassed message }
      warnings
    }
  }
}

# 4. What went wrong lately, and where?
query Failures {
  processData(
    first: 10
    filter: { result: { eq: FAIL }, hasDefects: true }
  ) {
    totalCount
    nodes {
      unit { __typename number }
      process { code }
      defects { code severity location quantity }
      notes completedAt
    }
  }
}

# 5. A refusal is an answer: a FAIL has to name a
#    defect (PD-2). Nothing has changed.
mutation FailWithoutDefect {
  recordProcessData(
    input: {
      unit: { number: "${item}" }
      process: { code: "${step}" }
      result: FAIL
    }
  ) {
    processData { id }
    errors { code rule path message }
  }
}

# 6. The same with its defect. The key makes it
#    safe to send twice: there is one record.
mutation FailWithDefect {
  recordProcessData(
    input: {
      unit: { number: "${item}" }
      process: { code: "${step}" }
      result: FAIL
      defects: [
        { code: "SCRATCH", severity: LOW, location: "housing" }
      ]
      notes: "seen in the tour"
      idempotencyKey: "tour-${item}-${step}"
    }
  ) {
    processData {
      id attempt result
      defects { code }
      unit { ... on WipItem { number status } }
    }
    warnings
    errors { code rule path message }
  }
}

# 7. Hold a lot: until it is released, its units
#    neither start nor pass anything.
mutation Hold {
  quarantineLot(
    input: {
      lot: { number: "${lot}" }
      reason: "Trying lotgraph out"
    }
  ) {
    lot {
      number status disposition version
      dispositionReason dispositionAt
      dispositionBy { fullName }
    }
    errors { code rule path message }
  }
}

# 8. Release it again, and its units go on. Both
#    decisions stay in the history of the lot.
mutation Release {
  releaseLot(
    input: {
      lot: { number: "${lot}" }
      reason: "It was only a trial"
    }
  ) {
    lot {
      number status disposition version
      dispositionReason dispositionAt
      history(first: 2) {
        nodes { action reason recordedAt actor { ... on User { fullName } } }
      }
    }
    errors { code rule path message }
  }
}

# 9. How is a product made, and what changes?
#    Each model has its own route, in revisions.
#    A lot keeps its route, whatever is released.
query Routes {
  routes(first: 10, orderBy: [{ field: CREATED_AT, direction: DESC }]) {
    nodes {
      productModel { code } revision status name notes lotCount
      releasedAt releasedBy { fullName } releaseReason
    }
  }
  routeChanges(
    from: "${fromRoute}"
    to: "${toRoute}"
  ) {
    kind
    process { code }
    before { number isOptional }
    after { number isOptional }
  }
  routeOf(lot: { number: "${lot}" }) {
    number isOptional
    process { code level }
    maxAttempts plannedSeconds equipmentTypes
    characteristics { code unit lowerLimit upperLimit }
  }
}

${qualityTour({ finding })}
${STATION_TOUR}
${genealogyTour({ supplierLot })}
${operationTour({ labelledSerial, lotFilter, alertFilter })}
${figuresTour(sample)}
# 33. Who are you here, and what may you do?
query WhoAmI {
  viewer {
    role
    user { username fullName }
    permissions
  }
}
`;
}
