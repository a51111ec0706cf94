#!/usr/bin/env bash
# A test rig reports a result. The idempotency key makes the request safe to repeat: if the answer is lost, send it again
# unchanged. Prints the answer; ends with 1 when the server refuses, and with the code of curl when there is no answer.
set -euo pipefail
: "${LOTGRAPH_URL:=http://127.0.0.1:4000/graphql}" "${LOTGRAPH_TOKEN:?sign in first}" "${UNIT:?number of the unit}" "${STEP:?code of the step}"

answer=$(curl --silent --show-error --fail-with-body "$LOTGRAPH_URL" \
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
) || { code=$?; echo "$answer"; exit "$code"; }

echo "$answer"
# A refusal is data, with HTTP 200: the list of errors is empty only where the result was recorded.
[[ $answer == *'"errors":[]'* ]]
