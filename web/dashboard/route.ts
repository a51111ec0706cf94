/** The address of the page, which carries everything that somebody may want to share or come back to. */
import { useEffect, useState } from 'preact/hooks';

/** An address: the parts of its path, and its parameters. */
export interface Route {
  readonly parts: readonly string[];
  readonly parameters: URLSearchParams;
}

/** The address of now. */
function routeNow(): Route {
  return {
    parts: location.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent),
    parameters: new URLSearchParams(location.search),
  };
}

/** Goes to an address of the dashboard. */
export function go(address: string): void {
  history.pushState(null, '', address);
  dispatchEvent(new Event('popstate'));
}

/** Changes parameters of the address; an empty one is left out. */
export function setParameters(changes: Readonly<Record<string, string>>): void {
  const { parameters } = routeNow();
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') parameters.delete(name);
    else parameters.set(name, value);
  }
  const search = parameters.toString();
  go(location.pathname + (search === '' ? '' : `?${search}`));
}

/** The address, again after each change. Links to pages of the dashboard load nothing but data. */
export function useRoute(): Route {
  const [route, setRoute] = useState(routeNow);
  useEffect(() => {
    const onChange = (): void => setRoute(routeNow());
    const onClick = (event: MouseEvent): void => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
      if (link === null || !isPlain || link.origin !== location.origin || link.dataset['page'] === undefined) return;
      event.preventDefault();
      go(link.pathname + link.search);
      scrollTo(0, 0);
    };
    addEventListener('popstate', onChange);
    document.addEventListener('click', onClick);
    return () => {
      removeEventListener('popstate', onChange);
      document.removeEventListener('click', onClick);
    };
  }, []);
  return route;
}
