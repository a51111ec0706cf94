/**
 * Before every start, a station asks whether a unit may go on. The operation and its answer are typed by `npm run
 * codegen`.
 */
import { graphql } from './generated/index.ts';
import { send } from './send.ts';

const MayItGoOn = graphql(/* GraphQL */ `
  query MayItGoOn($code: String!, $step: String!) {
    scan(code: $code, process: { code: $step }) {
      kind
      readiness {
        isReady
        nextProcess { number code }
        checks { rule isPassed message }
      }
    }
  }
`);

/** Returns the reasons why the unit may not start the step; none if it may. */
export async function whyNot(url: string, token: string, code: string, step: string): Promise<readonly string[]> {
  const { scan } = await send(url, token, MayItGoOn, { code, step });
  if (scan === null) throw new Error('The scan was not answered.');
  if (scan.readiness === null) return [`${code} is no lot, item or serial.`];
  return scan.readiness.checks.filter((check) => !check.isPassed).map((check) => `${check.rule}: ${check.message}`);
}
