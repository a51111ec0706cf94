/** Data of the graph for a page. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { GraphDocument } from '../server.ts';
import { askGraph } from './session.ts';

/** What a page shows: the newest answer, and what is wrong, if anything. */
export interface Loaded<Data> {
  readonly data: Data | undefined;
  /** The messages of the server, or that it cannot be reached. */
  readonly problem: readonly string[] | 'UNREACHABLE' | 'KEY_REFUSED' | undefined;
  /** Asks again. */
  readonly reload: () => void;
}

/** Asks, and asks again when the variables change. The last answer stays until the next one is there. */
export function useGraph<Data, Variables>(
  document: GraphDocument<Data, Variables>,
  variables: Variables,
): Loaded<Data> {
  const [state, setState] = useState<Omit<Loaded<Data>, 'reload'>>({ data: undefined, problem: undefined });
  const newest = useRef(0);
  const asked = JSON.stringify(variables);
  const reload = useCallback(() => {
    newest.current += 1;
    const request = newest.current;
    const load = async (): Promise<void> => {
      const answer = await askGraph(document, variables);
      if (request !== newest.current) return;
      setState((before) => {
        if (answer.kind !== 'ANSWERED') return { ...before, problem: answer.kind };
        if ('messages' in answer.value) return { ...before, problem: answer.value.messages };
        return { data: answer.value.data, problem: undefined };
      });
    };
    void load();
  }, [document, asked]);
  useEffect(reload, [reload]);
  return { ...state, reload };
}
