#!/usr/bin/env bash
# A test rig reports a result. The idempotency key makes the request safe to repeat: if the answer is lost, send it again
# unchanged.
set -euo pipefail
: "${LOTGRAPH_URL:=http://127.0.0.1:4000/graphql}" "${LOTGRAPH_TOKEN:?sign in first}" "${UNIT:?number of the unit}" "${STEP:?code of the step}"

curl --silent --fail-with-body "$LOTGRAPH_URL" \
  --header "Authorization: Bearer $LOTGRAPH_TOKEN" \
  --header 'Content-Type: application/json' \
  --data @- <<JSON
{
  "query": "mutation (\$input: RecordProcessDataInput!) { recordProcessData(input: \$input) { processData { id result attempt unit { ... on WipItem { number } ... on Serial { number } } } warnings errors { code message path rule } } }",
  "variables": {
    "input": {
      "unit": { "number": "$UNIT" },
      "process": { "code": "$STEP" },
      "result": "FAIL",
      "defects": [{ "code": "SCRATCH", "severity": "LOW", "location": "housing" }],
      "notes": "scratch at the left edge",
      "idempotencyKey": "rig-7/$UNIT/$STEP/1"
    }
  }
}
JSON
