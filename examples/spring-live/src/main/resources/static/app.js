// The page: shows what the server sends, and sends what the form has.

const list = document.querySelector('#links');
const template = document.querySelector('#link');
const state = document.querySelector('#state');
const form = document.querySelector('#add');
const items = new Map();

function show(link) {
  let item = items.get(link.slug);
  if (!item) {
    item = template.content.firstElementChild.cloneNode(true);
    item.querySelector('button').addEventListener('click', () => remove(link.slug));
    items.set(link.slug, item);
  }
  const anchor = item.querySelector('a');
  anchor.textContent = link.title;
  if (/^https?:/.test(link.url ?? '')) {
    anchor.href = link.url;
  } else {
    anchor.removeAttribute('href');
  }
  item.querySelector('span').textContent = link.slug;
  const after = [...items.keys()].filter((slug) => slug > link.slug).sort()[0];
  list.insertBefore(item, after === undefined ? null : items.get(after));
}

function forget(slug) {
  items.get(slug)?.remove();
  items.delete(slug);
}

const events = new EventSource('links/events');
events.addEventListener('all', ({ data }) => {
  [...items.keys()].forEach(forget);
  JSON.parse(data).forEach(show);
  state.textContent = 'Live.';
});
events.addEventListener('upserted', ({ data }) => show(JSON.parse(data)));
events.addEventListener('deleted', ({ data }) => forget(data));
events.addEventListener('error', () => { state.textContent = 'Connecting…'; });

async function remove(slug) {
  await fetch(`links/${encodeURIComponent(slug)}`, { method: 'DELETE' });
}

form.addEventListener('submit', async (submitted) => {
  submitted.preventDefault();
  const answer = await fetch('links', { method: 'POST', body: new URLSearchParams(new FormData(form)) });
  const wrong = answer.ok ? [] : await answer.json().catch(() => [{ field: '', message: 'This did not work.' }]);
  for (const place of form.querySelectorAll('[data-error]')) {
    const messages = [].concat(wrong).filter(({ field }) => (field ?? '') === place.dataset.error);
    place.textContent = messages.map(({ message }) => message).join(', ');
  }
  if (answer.ok) {
    form.reset();
  }
});
