import type { Viewer } from '../platform/access.ts';
import type { Context, Origin } from '../platform/context.ts';

/** What the door knows of a request, from its headers to its answer. */
export interface Asked {
  readonly requestId: string;
  readonly viewer: Viewer | null;
  readonly origin: Origin;
  /** What is left of the deadline, once it is known who is asking. */
  readonly secondsLeft: number;
  context?: Context;
  operationName?: string | undefined;
  /** Lets the request read nothing more. */
  stop?: () => void;
}

/** What Yoga hands on from the door to its hooks. */
export interface AtTheDoor {
  readonly asked: Asked;
}
