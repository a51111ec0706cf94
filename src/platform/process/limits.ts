/**
 * Every limit of the server, in one place: `lotgraph config` prints them, SECURITY.md lists them. Those that a plant
 * may have to set for itself (requests a second, deadline, statement timeout, pool) are in `config.ts`, whose defaults
 * stand here.
 */
export const LIMITS = {
  /** A page of a list. */
  page: { default: 20, most: 100, orders: 3 },
  /** A GraphQL document, judged before it is executed. What is reached through fragments counts each time. */
  document: {
    tokens: 4_000,
    depth: 12,
    /** `__schema` and `__type` describe types by nesting; GraphiQL asks for fifteen levels. */
    introspectionDepth: 16,
    aliases: 30,
    rootFields: 20,
    mutations: 10,
    fields: 1_000,
    directives: 40,
    /** Nodes that the lists may hold, one inside the other. */
    cost: 50_000,
    /** What a list without `first` counts. */
    otherList: 10,
    validationErrors: 5,
  },
  /** Requests of one principal, and of one address without credentials. */
  rate: { perSecond: 100, anonymousPerSecond: 5, burstSeconds: 2, remembered: 20_000 },
  time: {
    deadlineSeconds: 10,
    statementTimeoutSeconds: 8,
    headersSeconds: 10,
    requestSeconds: 20,
    keepAliveSeconds: 5,
    idleSeconds: 120,
    /** How long a stop waits for what is under way. */
    drainSeconds: 15,
    /** How long a stop takes at most, whatever the database does. */
    stopSeconds: 30,
  },
  /**
   * Subscriptions: of one principal; how long between two comments, and two looks at the rights; how far behind a slow
   * client may be.
   */
  streams: { perPrincipal: 10, commentSeconds: 15, accessSeconds: 60, eventsBehind: 1_000 },
  transport: { bodyBytes: 1_048_576, headerBytes: 16_384, headers: 100, connections: 2_000 },
  /** Faults are kept for this long, and at most so many wait to be written. */
  faults: { keptDays: 180, waiting: 20, messageLength: 4_000, stackLength: 16_000 },
  /** Parsed documents that are kept, and the length above which none is. */
  cache: { documents: 500, documentLength: 20_000 },
} as const;
