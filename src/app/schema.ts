/** The one graph: the schema module of every entity, imported once, from left to right. */
import { builder } from '../platform/graphql/builder.ts';
import '../identity/user/user.graphql.ts';
import '../identity/user/operator.graphql.ts';
import '../identity/session/session.graphql.ts';
import '../identity/session/password.graphql.ts';
import '../catalog/product-model/product-model.graphql.ts';
import '../catalog/production-line/production-line.graphql.ts';
import '../catalog/process/process.graphql.ts';
import '../catalog/station/station.graphql.ts';
import '../catalog/api-key/api-key.graphql.ts';
import '../catalog/equipment/equipment.graphql.ts';
import '../catalog/equipment/equipment-status-period.graphql.ts';
import '../catalog/route/route.graphql.ts';
import '../production/lot/lot.graphql.ts';
import '../production/lot/lot-quantity.graphql.ts';
import '../production/wip-item/wip-item.graphql.ts';
import '../production/serial/serial.graphql.ts';
import '../production/lot-route/lot-route.graphql.ts';
import '../production/process-data/execution/process-data.graphql.ts';
import '../production/process-data/recording/recording.graphql.ts';
import '../production/process-data/recording/batch.graphql.ts';
import '../production/process-data/recording/conversion.graphql.ts';
import '../production/process-data/readiness/readiness.graphql.ts';
import '../production/process-data/readiness/scan.graphql.ts';
import '../quality/inspection/inspection.graphql.ts';
import '../quality/defect/defect.graphql.ts';
import '../quality/artifact/artifact.graphql.ts';
import '../quality/inference-job/inference-job.graphql.ts';
import '../quality/inference-job/worker.graphql.ts';
import '../quality/inference-job/inference-metrics.graphql.ts';
import '../quality/verdict/verdict.graphql.ts';
import '../quality/verdict/statistics.graphql.ts';
import '../quality/disposition/disposition.graphql.ts';
import '../operation/audit/audit-entry.graphql.ts';
import '../operation/audit/changes.graphql.ts';
import '../operation/audit/lot-changed.graphql.ts';
import '../operation/audit/verify.graphql.ts';
import '../operation/file/artifact-check.graphql.ts';
import '../operation/migration-history/migration-history.graphql.ts';
import '../operation/error-entry/error-entry.graphql.ts';
import '../operation/monitoring/monitoring.graphql.ts';
import './auth/viewer.graphql.ts';

/** The GraphQL schema of the server. */
export const schema = builder.toSchema();
schema.description =
  'The factory as a graph. Ids in parentheses, such as (PD-6), name rules: `docs/ledger.md#pd-6` has the sentence of that rule, the database constraint that holds it, and its tests.';
