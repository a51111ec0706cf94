/**
 * The tour: the operations with which GraphiQL opens. They name a lot, an item and a step that exist, so that each
 * operation runs as it is; on an empty database they name placeholders. A test runs all of them on the demo data.
 */
import type { Reader } from '../../platform/postgres/client.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';

interface Sample {
  readonly lot: string;
  readonly item: string;
  readonly step: string;
  /** The ids of two routes of one model, the earlier one first. */
  readonly fromRoute: string;
  readonly toRoute: string;
}

const PLACEHOLDER: Sample = {
  lot: 'KR01PSA261101',
  item: 'WIP-KR01PSA261101-001',
  step: 'ASSEMBLY',
  fromRoute: encodeGlobalId('Route', '01900000-0000-7000-8000-000000000001'),
  toRoute: encodeGlobalId('Route', '01900000-0000-7000-8000-000000000002'),
};

/** Writes the operations of the tour. */
export async function tour(db: Reader): Promise<string> {
  const [unit] = await db.sql<Pick<Sample, 'lot' | 'item'> & { readonly step: string | null }>`
    SELECT l.number AS lot, w.number AS item,
      (SELECT step.code FROM (
         SELECT p.id, p.code, p.number FROM processes p WHERE l.route_id IS NULL AND p.is_active AND p.is_in_factory_route AND p.level = 'WIP'
         UNION ALL
         SELECT p.id, p.code, s.number FROM route_steps s JOIN processes p ON p.id = s.process_id
         WHERE s.route_id = l.route_id AND s.level = 'WIP' AND NOT s.is_optional) AS step
       WHERE NOT EXISTS (SELECT 1 FROM process_data d WHERE d.unit_id = w.id AND d.process_id = step.id AND d.result = 'PASS') ORDER BY step.number LIMIT 1) AS step
    FROM (SELECT * FROM lots WHERE status IN ('CREATED', 'IN_PROGRESS') ORDER BY created_at DESC, id LIMIT 50) l JOIN wip_items w ON w.lot_id = l.id
    WHERE w.status <> 'CONVERTED'
    ORDER BY l.disposition IN ('UNDECIDED', 'RELEASED') DESC, w.status = 'IN_PROGRESS' DESC, w.current_process_id IS NULL DESC, w.id LIMIT 1`;
  const [change] = await db.sql<{ readonly from: string; readonly to: string }>`
    SELECT earlier.id AS from, later.id AS to FROM routes later
    JOIN routes earlier ON earlier.product_model_id = later.product_model_id AND earlier.revision = later.revision - 1
    ORDER BY later.status = 'RELEASED' DESC, later.created_at DESC, later.id LIMIT 1`;
  return textOf({
    ...PLACEHOLDER,
    ...(unit && { ...unit, step: unit.step ?? PLACEHOLDER.step }),
    ...(change && { fromRoute: encodeGlobalId('Route', change.from), toRoute: encodeGlobalId('Route', change.to) }),
  });
}

function textOf({ lot, item, step, fromRoute, toRoute }: Sample): string {
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

# 10. Who are you here, and what may you do?
query WhoAmI {
  viewer {
    role
    user { username fullName }
    permissions
  }
}
`;
}
