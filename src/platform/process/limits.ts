/**
 * Every limit of the server in one place: `lotgraph config` prints them, SECURITY.md lists them. The limits that a
 * plant may set for itself (requests per second, deadline, statement timeout, pool size) are settings in config.ts;
 * this file holds their defaults.
 */
export const LIMITS = {
  /** Records of a page, the number of order keys, and the characters of a cursor. */
  page: { default: 20, most: 100, orders: 3, cursorLength: 2_000 },
  /** A GraphQL document, checked before it is executed. A fragment counts each time it is spread. */
  document: {
    tokens: 4_000,
    depth: 12,
    /** Brackets of all kinds inside of each other. */
    nesting: 100,
    /**
     * Characters of one text in a query, and of all together; a variable counts each time it is used. A mutation has
     * limits for each text and a larger one for all.
     */
    textLength: 2_000,
    texts: 100_000,
    mutationTexts: 2_000_000,
    /** Of a batch for the background. */
    batchTexts: 32_000_000,
    /** Characters of a number or code that is looked up. A scanned text may be any text of a query. */
    keyLength: 200,
    /** `__schema` and `__type` describe types by nesting; GraphiQL needs fifteen levels. */
    introspectionDepth: 16,
    aliases: 30,
    rootFields: 20,
    mutations: 10,
    fields: 1_000,
    directives: 40,
    /** Records that the selected lists may return in total, nested lists multiplied. */
    cost: 50_000,
    /** The assumed number of records of a list without `first`. */
    otherList: 10,
    validationErrors: 5,
  },
  /**
   * Requests of one principal, and of one address without credentials. `remembered` limits the number of callers in
   * memory.
   */
  rate: { perSecond: 100, anonymousPerSecond: 5, burstSeconds: 2, remembered: 20_000 },
  time: {
    deadlineSeconds: 10,
    statementTimeoutSeconds: 8,
    headersSeconds: 10,
    requestSeconds: 20,
    /** Longer than proxies keep an idle connection (60 s), so that the server never closes one that a proxy just uses. */
    keepAliveSeconds: 75,
    idleSeconds: 120,
    /** Seconds that a shutdown waits for running requests. */
    drainSeconds: 15,
    /** Seconds after which a shutdown ends in any case, even when the database does not respond. */
    stopSeconds: 30,
  },
  /** The median delay of the event loop in a second, in milliseconds, above which new requests are rejected. */
  load: { eventLoopDelayMilliseconds: 500 },
  /**
   * Subscriptions: streams of one principal and of the process, seconds between two keep-alive comments, seconds
   * between two checks of the viewer's access, and how many events a slow client may be behind.
   */
  streams: { perPrincipal: 10, perProcess: 1_000, commentSeconds: 15, accessSeconds: 60, eventsBehind: 1_000 },
  /** An answer is compressed from `compressedBytes` on: below, the headers of compression eat what it saves. */
  transport: {
    bodyBytes: 1_048_576,
    /** Of a batch for the background, from who may submit one. */
    batchBodyBytes: 16_777_216,
    jsonLevels: 100,
    headerBytes: 16_384,
    headers: 100,
    connections: 2_000,
    compressedBytes: 1_024,
  },
  /**
   * Files: the most bytes of one unless the configuration says otherwise, how many one request brings, seconds that an
   * upload may take, and seconds for which the address of a download and the ticket of an upload are valid.
   */
  files: { fileBytes: 52_428_800, perRequest: 10, uploadSeconds: 3_600, downloadSeconds: 300, ticketSeconds: 3_600 },
  /** Characters of texts of the client in a log line, and of lines that are kept while nobody reads the log. */
  log: { nameLength: 100, pathLength: 100, unreadCharacters: 8_000_000 },
  /**
   * Internal errors: days for which they are stored, errors that may wait to be stored, errors of one address and cause
   * and of all that are stored in an hour, and the length of stored texts in characters.
   */
  faults: {
    keptDays: 180,
    waiting: 20,
    perAddressAndHour: 5,
    perHour: 1_000,
    messageLength: 4_000,
    stackLength: 16_000,
  },
  /** System events: days for which they are stored. */
  events: { keptDays: 90 },
  /**
   * The number of parsed documents that are cached, and the length in characters above which a document is not cached;
   * the number of answers of figures, and the most seconds for which one is kept (MON-5).
   */
  cache: { documents: 500, documentLength: 20_000, answers: 1_000, answerSeconds: 30 },
} as const;
