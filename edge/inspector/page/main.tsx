/** Shows the page. */
// Stands before the styles of the screens, because the screens change some rules.
import './style.css';
import { render } from 'preact';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (root !== null) render(<App />, root);
