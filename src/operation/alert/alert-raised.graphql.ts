import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { optionalReference } from '../../platform/read/field.ts';
import { USERS } from '../../platform/rules/access.ts';
import { followAuditTrail, positionCursor } from '../audit/position.graphql.ts';
import { Alert, AlertSeverity } from './alert.graphql.ts';
import { alertById, alertsRaisedAfter, type RaisedAlert } from './alert.loaders.ts';
import { AlertRaisedArguments } from './alert.shapes.ts';

const AlertEvent = builder.objectRef<RaisedAlert>('AlertEvent').implement({
  description: 'An alert was raised, or its severity rose.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The place of the event; give it to `after` to go on behind it.',
      resolve: ({ position }, _args, context) => positionCursor(context, position),
    }),
    alert: t.field({
      type: Alert,
      nullable: true,
      description: 'The alert as it is now; null when it was deleted past the application.',
      ...optionalReference(alertById, 'alertId'),
    }),
  }),
});

builder.subscriptionField('alertRaised', (t) =>
  t.field({
    type: AlertEvent,
    description:
      'The alerts that are raised, and those whose severity rises: each at least once, in the order of positions, normally within two seconds of the commit (ALT-4).',
    authScopes: { may: USERS },
    args: {
      severities: t.arg({
        type: [AlertSeverity],
        description: 'Only alerts that are raised with, or rise to, one of these; all unless given.',
      }),
      after: t.arg.string({ description: 'A cursor to go on behind, without loss; from now on unless given.' }),
    },
    subscribe: async (_root, args, context) => {
      const { severities, after } = parseArguments(AlertRaisedArguments, args);
      const chosen = severities?.length === 0 ? undefined : severities;
      return followAuditTrail<RaisedAlert>(context, after, (position, first) =>
        alertsRaisedAfter(context.db, chosen, position, first),
      );
    },
    resolve: (raised) => raised,
  }),
);
