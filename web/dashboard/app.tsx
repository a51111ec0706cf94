/** The frame of the dashboard: signing in, the way to its pages, and the page of the address. */
import { useMemo, useState } from 'preact/hooks';
import { MeDocument } from '../generated/graphql.ts';
import { AuditPage } from './audit-page.tsx';
import { FloorPage } from './floor-page.tsx';
import { InspectionPage } from './inspection-page.tsx';
import { LotsPage } from './lots-page.tsx';
import { OperatePage } from './operate-page.tsx';
import { Permissions, typedInto } from './parts.tsx';
import { QualityPage } from './quality-page.tsx';
import { RecallPage } from './recall-page.tsx';
import { go, type Route, useRoute } from './route.ts';
import { RoutesPage } from './routes-page.tsx';
import { isSignedIn, signIn, signOut } from './session.ts';
import { chooseLanguage, LANGUAGES, texts } from './texts.ts';
import { chooseTheme, chosenTheme, THEMES } from './theme.ts';
import { UnitPage } from './unit-page.tsx';
import { useGraph } from './use-graph.ts';

/** The whole dashboard. */
export function App() {
  const [isIn, setIsIn] = useState(isSignedIn());
  const leave = (): void => {
    signOut();
    setIsIn(false);
  };
  return isIn ? <Dashboard onLeave={leave} /> : <SignIn onSignedIn={() => setIsIn(true)} />;
}

function Dashboard({ onLeave }: { readonly onLeave: () => void }) {
  const route = useRoute();
  const me = useGraph(MeDocument, {});
  const viewer = me.data?.viewer;
  const permissions = useMemo(() => new Set(viewer?.permissions), [viewer]);
  if (me.problem === 'KEY_REFUSED') return <SignIn onSignedIn={() => location.reload()} />;
  const [page = ''] = route.parts;
  const find = (event: SubmitEvent): void => {
    const number = typedInto(event)('number');
    if (number !== '') go(`/units/${encodeURIComponent(number)}`);
  };
  return (
    <>
      <a class="skip" href="#page">
        {texts.skip}
      </a>
      <header>
        <a data-page class="brand" href="/">
          lotgraph
        </a>
        <nav aria-label={texts.pages}>
          {PAGES.filter(([, , needs]) => needs === undefined || permissions.has(needs)).map(([name, title]) => (
            <a key={name} data-page href={`/${name}`} aria-current={name === page ? 'page' : undefined}>
              {title}
            </a>
          ))}
          <a href="/station">{texts.station}</a>
        </nav>
        <form role="search" onSubmit={find}>
          <input name="number" aria-label={texts.findUnit} placeholder={texts.findUnit} autocomplete="off" />
        </form>
        <Themes />
        <Languages />
        <button type="button" class="quiet" title={viewer?.user?.fullName} onClick={onLeave}>
          {texts.signOut}
        </button>
      </header>
      <main id="page" tabIndex={-1}>
        <Permissions.Provider value={permissions}>
          <Page route={route} />
        </Permissions.Provider>
      </main>
    </>
  );
}

/** The pages: the path, the title, and what one must be allowed to read; undefined for everybody's pages. */
const PAGES: readonly (readonly [path: string, title: string, needs?: string])[] = [
  ['', texts.floor],
  ['lots', texts.lots],
  ['quality', texts.quality],
  ['recall', texts.recall],
  ['routes', texts.routes],
  ['audit', texts.audit, 'auditEntries'],
  ['operate', texts.operate, 'systemEvents'],
];

function Page({ route: { parts, parameters } }: { readonly route: Route }) {
  const [page = '', number = ''] = parts;
  if (page === '') return <FloorPage />;
  if ((page === 'units' || page === 'lots') && number !== '') return <UnitPage number={number} />;
  if (page === 'lots') return <LotsPage parameters={parameters} />;
  if (page === 'inspections' && number !== '') return <InspectionPage id={number} />;
  if (page === 'quality') return <QualityPage parameters={parameters} />;
  if (page === 'recall') return <RecallPage parameters={parameters} />;
  if (page === 'routes') return <RoutesPage parameters={parameters} />;
  if (page === 'audit') return <AuditPage parameters={parameters} />;
  if (page === 'operate') return <OperatePage parameters={parameters} />;
  return <p role="alert">{texts.noSuchPage}</p>;
}

function Themes() {
  return (
    <select
      aria-label={texts.themeName}
      defaultValue={chosenTheme()}
      onChange={({ currentTarget }) => chooseTheme(currentTarget.value)}
    >
      {THEMES.map((theme) => (
        <option key={theme} value={theme} selected={theme === chosenTheme()}>
          {texts.themes[theme]}
        </option>
      ))}
    </select>
  );
}

function Languages() {
  return (
    <select
      aria-label={texts.languageName}
      value={texts.language}
      onChange={({ currentTarget }) => chooseLanguage(currentTarget.value)}
    >
      {Object.entries(LANGUAGES).map(([language, { nameOfLanguage }]) => (
        <option key={language} value={language}>
          {nameOfLanguage}
        </option>
      ))}
    </select>
  );
}

function SignIn({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const enter = async (event: Event): Promise<void> => {
    event.preventDefault();
    const refused = await signIn(username, password);
    if (refused === undefined) onSignedIn();
    else setProblem(refused === 'UNREACHABLE' ? texts.problem.UNREACHABLE : refused);
  };
  return (
    <main class="sign-in">
      <h1>lotgraph</h1>
      <form onSubmit={(event) => void enter(event)}>
        <label>
          {texts.username}
          <input
            name="username"
            autocomplete="username"
            required
            value={username}
            onInput={({ currentTarget }) => setUsername(currentTarget.value)}
          />
        </label>
        <label>
          {texts.password}
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={({ currentTarget }) => setPassword(currentTarget.value)}
          />
        </label>
        <p role="alert" class="bad">
          {problem}
        </p>
        <button type="submit">{texts.signIn}</button>
      </form>
      <Languages />
    </main>
  );
}
