import './dashboard.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { texts } from './texts.ts';
import { applyTheme } from './theme.ts';

document.documentElement.lang = texts.language;
applyTheme();

const root = document.querySelector('#dashboard');
if (root !== null) render(<App />, root);
