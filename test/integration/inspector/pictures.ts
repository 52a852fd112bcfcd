/**
 * The pictures of the documents, `npm run pictures`: each screen of the inspector, light, dark and on a phone, in a shop in which
 * a deletion waits, another was refused, and a message had no reader. Arguments: names of screens; default: all.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, desktop, type Look, phone, type Visit } from './browser.ts';
import { operatorToken, people, Shop } from './shop.ts';

const wanted = process.argv.slice(2);
const folder = join(process.cwd(), 'docs', 'pictures');
const looks: Readonly<Record<string, Look>> = {
  '': { viewport: { ...desktop, height: 800 } },
  '-dark': { viewport: { ...desktop, height: 800 }, colorScheme: 'dark' },
  '-phone': { viewport: phone },
};

type Screen = {
  readonly name: string;
  readonly path: string;
  /** Resolves when the screen shows all. */
  readonly ready: (visit: Visit) => Promise<unknown>;
};

const shown = (selector: string) => (visit: Visit) =>
  visit.page.locator(selector).first().waitFor();

/** A plant with mills and tags. Resolves with the id of the plant. */
async function plant(shop: Shop): Promise<string> {
  const make = async (entity: string, cn: string, parentId?: string) => {
    const place = parentId === undefined ? {} : { parentId };
    const data = { ...place, attributes: { cn } };
    return String((await shop.ask(`${entity}_model_crud`, 'create', data))['id']);
  };
  const id = await make('objects', 'plant north');
  for (const name of ['mill 1', 'mill 2', 'press']) {
    const machine = await make('objects', name, id);
    for (const tag of ['load', 'speed', 'temperature']) await make('tags', tag, machine);
  }
  return id;
}

/** Resolves with the screens of the shop. */
async function story(shop: Shop): Promise<readonly Screen[]> {
  await shop.customer(people.max, 'Max');
  await shop.ask('customers', 'delete', { id: people.max });
  await shop.customer(people.lee, 'Lee');
  const until = '2036-12-31T00:00:00Z';
  const dispute = { id: 'd1', customerId: people.lee, about: 'the pump leaks', until };
  await shop.ask('disputes', 'open', dispute);
  await shop.ask('customers', 'delete', { id: people.lee });
  await shop.send('customers', 'polish', { customerId: people.lee, note: 'twice' });
  const node = await plant(shop);
  shop.newsletter.answer = () => new Promise(() => undefined);
  await shop.customer(people.kim, 'Kim');
  shop.ask('customers', 'delete', { id: people.kim }).catch(() => undefined);
  const running = await shop.process();
  let answered = 0;
  while (answered < 2) {
    const parts = (await running.sagas(9)).flatMap((saga) => saga.parts);
    answered = parts.filter(({ states }) => states.includes('ok')).length;
  }
  const [owner] = await running.sagas(1);
  const kept = await running.deadLetters.list();
  const actor = `actor/newsletter/voter/${encodeURIComponent(owner?.saga ?? '')}`;
  return [
    { name: 'now', path: 'now', ready: shown('.card.saga') },
    { name: 'deletion', path: `deletion/${owner?.saga}`, ready: shown('.tone-silent') },
    { name: 'actor', path: actor, ready: shown('.chart .leaf.active') },
    { name: 'tree', path: `tree/${node}`, ready: opened },
    { name: 'dead-letters', path: `dead-letters/${kept[0]?.id}`, ready: shown('.json') },
  ];
}

/** Opens the tree down to the machines of the plant. */
async function opened(visit: Visit): Promise<void> {
  await visit.page.locator('.plan').waitFor();
  for (const name of ['objects', 'plant north', 'mill 1']) {
    const button = visit.page.getByLabel(`Open ${name}`, { exact: true });
    await button.waitFor({ state: 'attached' });
    // A phone has no room for the tree beside the node.
    if (!(await button.isVisible())) return;
    await button.click();
    await visit.page.getByLabel(`Close ${name}`, { exact: true }).waitFor();
  }
}

const [shop, browser] = await Promise.all([Shop.open(), Browser.open()]);
mkdirSync(folder, { recursive: true });
try {
  const screens = (await story(shop)).filter(
    ({ name }) => wanted.length === 0 || wanted.includes(name),
  );
  for (const { name, path, ready } of screens)
    for (const [ending, look] of Object.entries(looks)) {
      const visit = await browser.visit(shop.url(operatorToken), look);
      await visit.page.locator('.connection.open').waitFor();
      await visit.go(path);
      await ready(visit);
      const file = join(folder, `${name}${ending}.png`);
      await visit.page.screenshot({ path: file });
      await visit.close();
      process.stdout.write(`${file}\n`);
    }
} finally {
  await browser.close();
  await shop.close();
}
