'use strict';
// The page of emend review. Whatever comes from the dataset is put into the page as text, never as markup.

const base = location.pathname.replace(/[^/]*$/, '');
const token = base.split('/')[1];
const at = id => document.getElementById(id);
const state = { view: null, labels: [], isBlind: false, allowsNew: false, commands: [], reviewer: '', note: '', isBusy: false, isOver: false, timer: 0, pause: '' };

// A reload goes on with the same record; a second tab is a session of its own.
function sessionID() {
  const navigation = performance.getEntriesByType('navigation')[0];
  const known = sessionStorage.getItem('session');
  if (known && navigation && navigation.type === 'reload') return known;
  const fresh = crypto.randomUUID();
  sessionStorage.setItem('session', fresh);
  return fresh;
}
const session = sessionID();

// --- Building the page ---

function make(tag, content, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  for (const part of [content].flat()) if (part !== null && part !== undefined && part !== '') element.append(part);
  return element;
}
// So that a label or a text from right to left does not turn what stands beside it.
const apart = text => make('bdi', String(text));
const label = (name, kind) => make('b', apart(name), { class: kind });
const percent = value => value >= 0.995 && value < 1 ? '> 99 %' : value > 0 && value < 0.005 ? '< 1 %' : Math.round(value * 100) + ' %';
const spaced = parts => parts.flatMap((part, index) => index ? [' ', part] : [part]);
const plural = (count, noun) => count.toLocaleString('en') + ' ' + noun + (count === 1 ? '' : 's');

function labelsOf(names, kind) {
  return names.length ? spaced(names.map(name => label(name, kind))) : [make('b', 'no label', { class: kind })];
}

function cardContent(card) {
  const parts = [];
  parts.push(make('p', [(card.place === 'record' ? 'Record ' : 'Line ') + card.line.toLocaleString('en'), card.id ? [', id ', apart(card.id)] : ''].flat(), { class: 'where' }));
  if (!card.parts.length) parts.push(make('p', 'This record has a vector and no text. Look it up in the file.', { class: 'text' }));
  for (const part of card.parts) {
    parts.push(make('p', [part.name ? make('span', part.name, { class: 'head' }) : '', part.text || '(empty)'], { class: 'text', dir: 'auto' }));
  }
  const line = make('p', card.given ? labelsOf(card.given, 'given') : [make('span', 'This record has no label.', { class: 'arrow' })], { class: 'labels' });
  if (card.proposal.length || (!state.isBlind && card.given && card.mayHaveSeveral)) {
    line.append(' ', make('span', card.isReplaced ? 'replaced by' : 'perhaps', { class: 'arrow' }), ' ', ...labelsOf(card.proposal, 'proposal'));
  }
  if (card.given && card.credibility !== undefined) {
    line.append(' ', make('span', 'the given label is right with probability ' + percent(card.credibility), { class: 'credibility' }));
  }
  parts.push(line);
  const why = reasons(card);
  if (why) parts.push(make('p', why, { class: 'why' }));
  if (!card.mayHaveSeveral && card.likely.length) parts.push(likelyButtons(card));
  if (state.note) parts.push(make('p', [make('span', 'Your note: ', { class: 'arrow' }), state.note], { class: 'own-note', dir: 'auto' }));
  if (card.neighbours.length || card.signals.length) parts.push(make('div', [neighbours(card), signals(card)], { class: 'evidence' }));
  return parts;
}

function reasons(card) {
  const sentences = [];
  if (card.reason) sentences.push((card.isReplaced ? 'Replaced: ' : '') + card.reason + '.');
  if (card.neighbours.length && card.given && !card.mayHaveSeveral) {
    const count = name => card.neighbours.filter(near => near.label === name).length;
    const own = count(card.given[0]);
    let sentence = (own ? own + ' of the ' : 'None of the ') + card.neighbours.length + ' nearest records ' + (own > 1 ? 'have' : 'has') + ' this label';
    if (card.proposal.length) sentence += ', ' + count(card.proposal[0]) + ' of them the proposal';
    sentences.push(sentence + '.');
  }
  return sentences.join(' ');
}

function likelyButtons(card) {
  const items = card.likely.slice(0, 9).map((one, index) => {
    const button = make('button', [make('kbd', String(index + 1)), ' ', apart(one.label), ' ', make('span', percent(one.probability), { class: 'share' })], { type: 'button' });
    button.addEventListener('click', event => decide('change', [one.label], event));
    return make('li', button);
  });
  return make('ul', items, { class: 'likely', 'aria-label': 'Likely labels' });
}

function kindOf(name, card) {
  return card.given && card.given.includes(name) ? 'given' : card.proposal.includes(name) ? 'proposal' : 'other';
}

function neighbours(card) {
  if (!card.neighbours.length) return '';
  const items = card.neighbours.map(near => make('li', [
    label(near.label, kindOf(near.label, card)), ' ', make('span', near.similarity.toFixed(2), { class: 'sim' }), ' ',
    make('span', near.text, { dir: 'auto' }), near.line ? make('span', ` ${card.place} ` + near.line, { class: 'sim' }) : '']));
  return make('div', [make('p', 'Nearest records (label, similarity)', { class: 'head' }), make('ol', items)]);
}

function signals(card) {
  if (!card.signals.length) return '';
  const rows = card.signals.map(signal => {
    const bar = make('span', make('i'), { class: 'bar', 'aria-hidden': 'true' });
    bar.firstChild.style.width = Math.max(0, Math.min(1, signal.probability)) * 100 + '%';
    return make('tr', [make('th', signal.name, { scope: 'row' }), make('td', [bar, percent(signal.probability)])]);
  });
  return make('div', [make('p', 'How probable the given label is by', { class: 'head' }), make('table', make('tbody', rows))]);
}

// --- What is shown ---

function say(text) {
  at('message').textContent = text || '';
  at('message').hidden = !text;
}

function section(name) {
  for (const id of ['hello', 'review', 'pause']) at(id).hidden = id !== name;
}

function show(view) {
  clearTimeout(state.timer);
  const isNew = !state.view || !state.view.card || !view.card || state.view.card.index !== view.card.index;
  state.view = view;
  if (isNew) state.note = '';
  closeBoxes();
  at('progress').hidden = false;
  at('bar').max = Math.max(1, view.wanted);
  at('bar').value = view.decided;
  at('count').textContent = view.decided.toLocaleString('en') + ' of ' + view.wanted.toLocaleString('en') + ' decided, ' + view.own.toLocaleString('en') + ' by you';
  say(view.message);
  if (view.turn !== 'record') return pause(view);
  section('review');
  showCard();
  if (isNew) {
    window.scrollTo(0, 0);
    at('card').focus({ preventScroll: true });
  }
}

function showCard() {
  const { card, canUndo } = state.view;
  at('card').replaceChildren(...cardContent(card));
  button('keep').disabled = !card.given;
  button('accept').disabled = !canAccept(card);
  button('accept').hidden = state.isBlind;
  button('undo').disabled = !canUndo;
}
const button = name => document.querySelector('#actions [data-do="' + name + '"]');
const canAccept = card => card.proposal.length > 0 || (!state.isBlind && card.mayHaveSeveral && card.given !== undefined);

function pause(view) {
  const key = JSON.stringify(view);
  if (view.turn === 'waiting') state.timer = setTimeout(() => ask('turn'), 4000);
  // A page that waits looks again every few seconds; the focus stays where it is.
  if (key === state.pause && !at('pause').hidden) return;
  state.pause = key;
  section('pause');
  const actions = [];
  const add = (text, act, isMain) => {
    const element = make('button', text, { type: 'button' });
    if (isMain) element.className = 'main';
    element.addEventListener('click', act);
    actions.push(element);
  };
  let [head, text] = ['', ''];
  if (view.turn === 'waiting') {
    head = 'The others have the rest';
    text = 'All records that are left are shown to other people now. This page looks again every few seconds.';
  } else if (view.turn === 'skipped') {
    head = 'Only what you skipped is left';
    text = plural(view.skipped, 'record') + ' that you skipped ' + (view.skipped === 1 ? 'is' : 'are') + ' not decided.';
    add('Look at ' + (view.skipped === 1 ? 'it' : 'them') + ' again', () => ask('again'), true);
  } else {
    head = 'Nothing is left to decide';
    text = {
      allDecided: 'All ' + plural(view.decided, 'record') + ' of this review are decided.',
      budgetUsed: 'As many records are decided as you wanted (--budget): ' + view.decided.toLocaleString('en') + '.',
      quotasFilled: 'Of each label as many records are decided as you wanted (--per-label): ' + view.decided.toLocaleString('en') + ' in all.',
    }[view.ending] || '';
  }
  if (view.canUndo) add('Undo your last answer', () => ask('undo'));
  add('Finish', () => finish(), view.turn === 'finished');
  fillPause(head, text, actions);
}

function fillPause(head, text, actions) {
  at('pause-head').textContent = head;
  at('pause-text').textContent = text;
  at('commands').hidden = !state.commands.length;
  at('command-list').replaceChildren(...state.commands.map(command => make('li', make('code', command))));
  at('pause-actions').replaceChildren(...actions);
  at('pause-head').focus();
}

// --- Asking the program ---

async function send(name, more) {
  const response = await fetch(base + 'api/' + name, {
    method: 'POST', cache: 'no-store', credentials: 'omit', redirect: 'error',
    headers: { 'Content-Type': 'application/json', 'X-Emend-Token': token },
    body: JSON.stringify({ session, reviewer: state.reviewer, ...more }),
  });
  const isJSON = (response.headers.get('Content-Type') || '').startsWith('application/json');
  return { status: response.status, body: isJSON ? await response.json() : { error: await response.text() } };
}

const lost = 'emend does not answer. What was decided is on disk. If it has ended, start emend review again and open the new address.';

// Asks for something and shows the answer. Nothing else can be asked meanwhile.
async function ask(name, more, event) {
  if (state.isBusy || state.isOver) return;
  state.isBusy = true;
  clearTimeout(state.timer);
  const started = event && event.timeStamp ? event.timeStamp : performance.now();
  try {
    const { body } = await send(name, more);
    if (body.turn) {
      show(body);
      requestAnimationFrame(() => performance.measure('next record', { start: started, end: performance.now() }));
    } else {
      say(body.error);
    }
  } catch (error) {
    say(lost);
    if (name === 'turn') state.timer = setTimeout(() => ask('turn'), 4000);
  } finally {
    state.isBusy = false;
  }
}

function decide(answer, labels, event) {
  if (!state.view || state.view.turn !== 'record') return;
  ask('decide', { index: state.view.card.index, answer, labels, note: state.note }, event);
}

async function begin(event) {
  event.preventDefault();
  const name = at('name').value.trim();
  if (!name || state.isBusy) return;
  state.isBusy = true;
  state.reviewer = name;
  try {
    const { body } = await send('start');
    if (!body.view) return say(body.error);
    localStorage.setItem('reviewer', name);
    Object.assign(state, { labels: body.labels, isBlind: body.isBlind, allowsNew: body.allowsNewLabels, commands: body.commands });
    at('dataset').textContent = body.dataset;
    document.title = body.dataset + ' – emend review';
    at('who').replaceChildren('· ', apart(name));
    show(body.view);
  } catch (error) {
    say(lost);
  } finally {
    state.isBusy = false;
  }
}

async function finish() {
  if (state.isBusy || state.isOver) return;
  state.isBusy = true;
  try {
    const { body } = await send('finish');
    state.isOver = true;
    section('pause');
    say('');
    fillPause('Thank you', body.isLast ? 'emend has ended, and all decisions are on disk. You can close this page.'
      : 'Your decisions are on disk, and you can close this page. Others are still deciding, so emend goes on.', []);
  } catch (error) {
    say(lost);
  } finally {
    state.isBusy = false;
  }
}

// --- Another label ---

const chooser = { options: [], active: 0, picked: [] };

function openChooser() {
  const { card } = state.view;
  closeBoxes();
  chooser.picked = card.mayHaveSeveral ? [...(card.given || [])] : [];
  at('chooser').hidden = false;
  at('actions').hidden = true;
  at('chosen').hidden = at('chooser-done').hidden = !card.mayHaveSeveral;
  at('chooser-head').textContent = card.mayHaveSeveral ? 'The right labels' : 'The right label';
  at('chooser-hint').textContent = card.mayHaveSeveral
    ? 'Type a part of a name; Enter adds or removes the marked label. Enter in the empty field decides.'
    : 'Type a part of its name; arrow keys move, Enter decides.';
  at('label-input').value = '';
  showChosen();
  filterOptions();
  at('label-input').focus();
}

// The likely labels first, then those of most records.
function candidates(text) {
  const { card } = state.view;
  const wanted = text.trim().toLocaleLowerCase();
  const shares = new Map(card.likely.map(one => [one.label, one.probability]));
  const all = [...shares.keys(), ...state.labels.filter(name => !shares.has(name))];
  const found = [[], []];
  let others = 0;
  for (const name of all) {
    const place = wanted ? name.toLocaleLowerCase().indexOf(wanted) : 0;
    if (place < 0) continue;
    if (found[0].length + found[1].length < 50) found[place === 0 ? 0 : 1].push({ name, share: shares.get(name) });
    else others += 1;
  }
  const options = found.flat();
  const typed = text.trim();
  if (state.allowsNew && typed && !all.includes(typed)) options.push({ name: typed, isNew: true });
  return { options, others };
}

function filterOptions() {
  const { options, others } = candidates(at('label-input').value);
  chooser.options = options;
  chooser.active = 0;
  const items = options.map((option, index) => {
    const detail = option.isNew ? 'new label' : chooser.picked.includes(option.name) ? 'chosen' : option.share !== undefined ? percent(option.share) : '';
    const item = make('li', [apart(option.name), make('span', detail, { class: 'share' })], { role: 'option', id: 'option-' + index });
    item.addEventListener('click', event => pick(index, event));
    return item;
  });
  at('options').replaceChildren(...items);
  if (others) at('chooser-hint').textContent = others.toLocaleString('en') + ' more labels; type a part of the name.';
  else if (!options.length) at('chooser-hint').textContent = 'No label has this in its name.';
  mark();
}

function mark() {
  [...at('options').children].forEach((item, index) => item.setAttribute('aria-selected', String(index === chooser.active)));
  const item = at('options').children[chooser.active];
  if (item) {
    at('label-input').setAttribute('aria-activedescendant', item.id);
    item.scrollIntoView({ block: 'nearest' });
  } else {
    at('label-input').removeAttribute('aria-activedescendant');
  }
}

function pick(index, event) {
  const option = chooser.options[index];
  if (!option) return;
  if (!state.view.card.mayHaveSeveral) return decide('change', [option.name], event);
  chooser.picked = chooser.picked.includes(option.name) ? chooser.picked.filter(name => name !== option.name) : [...chooser.picked, option.name];
  at('label-input').value = '';
  showChosen();
  filterOptions();
  at('label-input').focus();
}

function showChosen() {
  at('chosen').replaceChildren(...chooser.picked.map(name => {
    const remove = make('button', [apart(name), ' ×'], { type: 'button', 'aria-label': 'Remove ' + name });
    remove.addEventListener('click', () => {
      chooser.picked = chooser.picked.filter(other => other !== name);
      showChosen();
      filterOptions();
      at('label-input').focus();
    });
    return make('li', remove);
  }));
}

function closeBoxes() {
  at('chooser').hidden = true;
  at('note-box').hidden = true;
  at('actions').hidden = false;
}

function closeAndFocus() {
  closeBoxes();
  at('card').focus({ preventScroll: true });
}

at('label-input').addEventListener('input', filterOptions);
at('label-input').addEventListener('keydown', event => {
  if (event.isComposing) return;
  const count = chooser.options.length;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    if (count) chooser.active = (chooser.active + (event.key === 'ArrowDown' ? 1 : count - 1)) % count;
    mark();
  } else if (event.key === 'Enter') {
    event.preventDefault();
    const isMoved = chooser.active > 0;
    if (state.view.card.mayHaveSeveral && !at('label-input').value.trim() && !isMoved) decide('change', chooser.picked, event);
    else pick(chooser.active, event);
  } else if (event.key === 'Escape') {
    event.preventDefault();
    closeAndFocus();
  }
});
at('chooser-done').addEventListener('click', event => decide('change', chooser.picked, event));
at('chooser-cancel').addEventListener('click', closeAndFocus);

// --- Notes ---

function openNote() {
  closeBoxes();
  at('note-box').hidden = false;
  at('actions').hidden = true;
  at('note').value = state.note;
  at('note').focus();
}
function keepNote() {
  state.note = at('note').value.trim();
  showCard();
  closeAndFocus();
}
at('note').addEventListener('keydown', event => {
  if (event.key === 'Escape') { event.preventDefault(); closeAndFocus(); }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); keepNote(); }
});
at('note-done').addEventListener('click', keepNote);
at('note-cancel').addEventListener('click', closeAndFocus);

// --- Keys and buttons ---

const actions = {
  keep: event => { if (state.view.card.given) decide('keep', undefined, event); },
  accept: event => { if (canAccept(state.view.card)) decide('change', state.view.card.proposal, event); },
  label: () => openChooser(),
  neither: event => decide('neither', undefined, event),
  skip: event => decide('skip', undefined, event),
  note: () => openNote(),
  undo: event => { if (state.view.canUndo) ask('undo', {}, event); },
  help: () => at('help').showModal(),
  finish: () => finish(),
};
const keys = { k: 'keep', a: 'accept', l: 'label', n: 'neither', s: 'skip', m: 'note', u: 'undo', '?': 'help' };

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (!state.view || state.isOver || at('help').open || /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
  const name = keys[event.key.toLowerCase()];
  const isRecord = state.view.turn === 'record';
  if (isRecord && /^[1-9]$/.test(event.key)) {
    const { card } = state.view;
    const likely = card.likely[Number(event.key) - 1];
    if (!likely || card.mayHaveSeveral) return;
    event.preventDefault();
    return decide('change', [likely.label], event);
  }
  if (!name || (!isRecord && name !== 'undo' && name !== 'help')) return;
  event.preventDefault();
  actions[name](event);
});
for (const element of document.querySelectorAll('#actions [data-do]')) {
  element.addEventListener('click', event => actions[element.dataset.do](event));
}
at('name-form').addEventListener('submit', begin);

// A closed page gives its record back at once.
addEventListener('pagehide', () => {
  if (!state.reviewer || state.isOver) return;
  fetch(base + 'api/leave', {
    method: 'POST', keepalive: true, credentials: 'omit', headers: { 'Content-Type': 'application/json', 'X-Emend-Token': token },
    body: JSON.stringify({ session, reviewer: state.reviewer }),
  }).catch(() => {});
});

at('name').value = localStorage.getItem('reviewer') || '';
at('name').focus();
