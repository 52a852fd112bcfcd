/** Shows the page. */
// Imported before the styles of the screens, because those styles change some of its rules.
import './style.css';
import { render } from 'preact';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (root !== null) render(<App />, root);
