/* Progressive help for pages that work without it. No dependencies, nothing inline.
   Everything listens on the document, so what htmx swaps in works at once.

   details.menu                 closes on Escape and outside clicks; arrow keys walk through it
   data-dialog="ID"             opens <dialog id=ID>; data-close closes the dialog around it
   data-confirm="Question?"     on a button, link or form: asks first
   data-shortcut="a"            on a link, button or summary: that key presses it
   data-shown-when="#id_x=v"    shows the element while field x has that value ("!=" also works;
                                a checkbox has the values "true" and "false"; "a|b" is either)
   data-submit                  on a control: changing it submits its form
   data-guard                   on a form: asks before leaving with unsaved changes, and is sent once
   data-record-lookup="URL"     on a text field: what is typed asks URL for records of the kinds in data-kinds,
                                first for those of the party in the field that data-near names; with data-people for
                                users, too
   data-grows                   around rows of controls: filling in the last row brings another blank one
   data-suggestions="URL"       on the search box: shows what URL answers to the text as a list to choose from
   data-mentions="URL"          on a text: what is typed behind an "@" asks URL for colleagues to choose from
   data-drop                    on a form with a file field: files dropped on it are sent
   data-row                     on a row: J and K walk from one to the next; pressing it anywhere follows its first link
   data-check-all               on a checkbox: ticks all the others of its table
   data-theme-toggle, data-shortcuts-toggle   the two switches of the user menu
   [data-js]                    is hidden until this module runs */

const root = document.documentElement;
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { /* private window */ } },
};

/* Theme: the server paints the cookie's choice, so that no page flashes. */

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
function setTheme(theme) {
  root.dataset.theme = theme;
  store.set("theme", theme);
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax${secure}`;
}
const remembered = store.get("theme");
if (remembered && remembered !== root.dataset.theme) setTheme(remembered);

/* Menus */

function openMenus() { return $$("details.menu[open]"); }
function closeMenus(except) {
  for (const menu of openMenus()) if (!except || !menu.contains(except)) menu.open = false;
}
function items(menu) {
  return $$("a[href], button:not(:disabled), input:not([type=hidden]), [tabindex='0']", menu)
    .filter((item) => item.closest("summary") === null && item.checkVisibility());
}
function walkMenu(event) {
  const menu = event.target.closest?.("details.menu");
  if (!menu || event.target.matches("input, select, textarea")) return false;
  const step = { ArrowDown: 1, ArrowUp: -1, Home: "first", End: "last" }[event.key];
  if (!step) return false;
  if (!menu.open) {
    if (event.key !== "ArrowDown") return false;
    menu.open = true;
  }
  const list = items(menu);
  const at = list.indexOf(document.activeElement);
  const next = step === "first" ? 0 : step === "last" ? list.length - 1
    : at < 0 && step < 0 ? list.length - 1 : (at + step + list.length) % list.length;
  list[next]?.focus();
  return true;
}

/* Keys */

const typing = (target) => target.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea, [contenteditable='true']");
const shortcutsOn = () => store.get("shortcuts") !== "off";

function press(key) {
  // The page's own keys come before the shell's.
  const matching = $$(`[data-shortcut="${CSS.escape(key)}"]`).filter((one) => !one.disabled);
  const target = matching.find((one) => one.closest("main")) ?? matching[0];
  if (!target) return false;
  target.click();
  const menu = target.matches("summary") ? target.parentElement : null;
  if (menu?.open) items(menu)[0]?.focus();
  return true;
}
function walkRows(key) {
  const links = $$("main [data-row]").map((row) => $("a[href]", row)).filter(Boolean);
  if (!links.length) return false;
  const at = links.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  const next = at < 0 ? 0 : Math.min(Math.max(at + (key === "j" ? 1 : -1), 0), links.length - 1);
  links[next].focus();
  return true;
}
function focusSearch() {
  const box = $("#q");
  if (!box) return false;
  box.closest(".search")?.classList.add("is-open");
  box.focus();
  box.select();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    if (focusSearch()) event.preventDefault();
    return;
  }
  if (event.key === "Escape") {
    const menu = event.target.closest?.("details.menu[open]") ?? openMenus()[0];
    if (menu) {
      menu.open = false;
      $("summary", menu).focus();
    } else if (location.hash === "#navigation") {
      location.hash = "#main";
    }
    return;
  }
  if (walkMenu(event)) { event.preventDefault(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !shortcutsOn() || $("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const done = press(key) || ((key === "j" || key === "k") && walkRows(key))
    || (key === "/" && focusSearch()) || (key === "?" && openDialog("shortcuts"));
  if (done) event.preventDefault();
});

/* Dialogs */

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog?.showModal) return false;
  if (id === "shortcuts") listShortcuts(dialog);
  closeMenus();
  dialog.showModal();
  focusWithin(dialog);
  return true;
}
function focusWithin(element) {
  const fields = ":is(input:not([type=hidden]), select, textarea)";
  ($("[aria-invalid=true]", element) ?? $("[autofocus]", element) ?? $(`form ${fields}`, element))?.focus();
}
function listShortcuts(dialog) {
  const list = $("[data-shortcut-list]", dialog);
  const seen = new Set();
  $$(".is-declared", list).forEach((row) => row.remove());
  for (const one of $$("main [data-shortcut], [data-shortcut]")) {
    if (seen.has(one.dataset.shortcut)) continue;
    seen.add(one.dataset.shortcut);
    const row = document.createElement("div");
    const name = document.createElement("dt");
    const key = document.createElement("dd");
    const cap = document.createElement("kbd");
    row.className = "is-declared";
    cap.textContent = one.dataset.shortcut.toUpperCase();
    name.textContent = one.dataset.shortcutLabel || one.getAttribute("aria-label")
      || ($(".menu-label", one) ?? one).textContent.trim();
    key.append(cap);
    row.append(name, key);
    list.append(row);
  }
}

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target);
  if (!target.closest(".search")) $(".search.is-open")?.classList.remove("is-open");

  const asking = target.closest("[data-confirm]:not(form)");
  if (asking && !confirm(asking.dataset.confirm)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const opener = target.closest("[data-dialog]");
  // What is fetched anew must not be typed into before it is there.
  if (opener?.hasAttribute("hx-get")) document.getElementById(opener.dataset.dialog)?.replaceChildren();
  if (opener && openDialog(opener.dataset.dialog)) event.preventDefault();
  if (target.closest("[data-close]")) {
    const dialog = target.closest("dialog");
    if (dialog) { event.preventDefault(); dialog.close(); }
  }
  if (target.matches("dialog")) target.close();
  const row = target.closest("tr[data-row]");
  if (row && !target.closest("a, button, input, label, summary, td.tick") && !String(getSelection())) {
    $("a[href]", $(".cell-title", row) ?? row)?.dispatchEvent(new MouseEvent("click", event));
  }
  if (target.closest("[data-focus-search]") && focusSearch()) event.preventDefault();
  if (target.closest("[data-theme-toggle]")) setTheme(isDark() ? "light" : "dark");
  if (target.matches("[data-shortcuts-toggle]")) store.set("shortcuts", target.checked ? "on" : "off");
}, true);

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else if (event.target.matches("[data-guard][data-sent]")) {
    event.preventDefault(); // pressed twice: it is under way
  } else {
    event.target.removeAttribute("data-changed");
    event.target.toggleAttribute("data-sent", true);
  }
}, true);
addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => form.removeAttribute("data-sent")));

/* Fields */

function valueOf(field) {
  if (field.type === "checkbox") return String(field.checked);
  if (field.type === "radio") return $(`input[name="${CSS.escape(field.name)}"]:checked`)?.value ?? "";
  return field.value;
}
function showDependents(within = document) {
  const elements = $$("[data-shown-when]", within);
  if (within.matches?.("[data-shown-when]")) elements.push(within);
  for (const element of elements) {
    const rule = /^(.+?)(!?=)(.*)$/.exec(element.dataset.shownWhen);
    const field = rule && $(rule[1]);
    if (!field) continue;
    const control = field.matches("input, select, textarea") ? field : $("input", field);
    const equal = rule[3].split("|").includes(valueOf(control));
    element.hidden = rule[2] === "=" ? !equal : equal;
  }
}
document.addEventListener("input", (event) => {
  const guarded = event.target.closest("form[data-guard]");
  if (guarded) guarded.dataset.changed = "";
  if (event.target.matches("[data-days-back]")) moveInstant(event.target);
});
document.addEventListener("change", (event) => {
  showDependents();
  const target = event.target;
  if (target.matches("[data-check-all]")) {
    for (const box of $$("tbody input[type=checkbox]", target.closest("table"))) box.checked = target.checked;
  }
  if (target.matches("[data-submit]")) target.form.requestSubmit();
  const source = $(".source", target.closest(".field") ?? target);
  /* The value no longer comes from there. Its place stays: what is being clicked below must not move. */
  if (source) source.style.visibility = "hidden";
});
addEventListener("beforeunload", (event) => {
  if ($("form[data-guard][data-changed]")) event.preventDefault();
});

/* A field that takes a record: suggestions while one types. Number or name alone do without them. */

let asked = 0;
async function suggest(field) {
  if (!field.list) {
    const list = document.createElement("datalist");
    list.id = `${field.id}_suggestions`;
    field.after(list);
    field.setAttribute("list", list.id);
  }
  const mine = ++asked;
  const near = field.dataset.near && field.form.elements[field.dataset.near]?.value;
  const query = new URLSearchParams({ q: field.value, kinds: field.dataset.kinds, ...(near && { near }), ...("people" in field.dataset && { people: "1" }) });
  const answer = await fetch(`${field.dataset.recordLookup}?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || mine !== asked) return;
  const { items: found } = await answer.json();
  field.list.replaceChildren(...found.map((text) => new Option(text, text)));
}
let pause;
function suggestSoon(event) {
  const field = event.target;
  if (!field.matches?.("[data-record-lookup]")) return;
  clearTimeout(pause);
  pause = setTimeout(() => suggest(field).catch(() => {}), event.type === "input" ? 120 : 0);
}
document.addEventListener("input", suggestSoon);
document.addEventListener("focusin", suggestSoon);

/* Rows that one fills in: without this module there are some blank ones, with it always one. */

const isBlank = (row) => $$("input", row).every((field) => !field.value);
function grow(rows) {
  const last = rows.lastElementChild;
  if (isBlank(last)) return;
  const next = last.cloneNode(true);
  for (const list of $$("datalist", next)) list.remove();
  for (const field of $$("input, select", next)) {
    field.id = field.id.replace(/\d+$/, rows.children.length);
    field.removeAttribute("list");
    field.removeAttribute("aria-invalid");
    if (field.matches("input")) field.value = "";
    else field.selectedIndex = 0;
  }
  rows.append(next);
}
for (const rows of $$("[data-grows]")) {
  for (const row of [...rows.children].slice(1).filter(isBlank)) row.remove();
  grow(rows);
}
document.addEventListener("input", (event) => {
  const rows = event.target.closest?.("[data-grows]");
  if (rows) grow(rows);
});

/* A text in which "@" mentions a colleague: a list below it, walked with the arrows. The user name alone does without it. */

const typedMention = (field) => /(?:^|[\s(])@([\p{L}\w.+-]*)$/u.exec(field.value.slice(0, field.selectionStart));
const mentionList = (field) => field.parentElement.querySelector("[role=listbox]");
function closeMentions(field) {
  mentionList(field)?.remove();
  field.removeAttribute("aria-activedescendant");
}
function markMention(field, option) {
  for (const one of mentionList(field).children) one.setAttribute("aria-selected", String(one === option));
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}
function mention(field, username) {
  const typed = typedMention(field);
  const start = field.selectionStart - (typed ? typed[1].length : 0);
  field.setRangeText(`${username} `, start, field.selectionStart, "end");
  closeMentions(field);
  field.focus();
}
let askedMention = 0;
async function suggestMentions(field) {
  const typed = typedMention(field);
  const mine = ++askedMention;
  if (!typed) { closeMentions(field); return; }
  const answer = await fetch(`${field.dataset.mentions}?${new URLSearchParams({ q: typed[1] })}`, { headers: { Accept: "application/json" } });
  if (mine !== askedMention || !answer.ok || document.activeElement !== field) return;
  const { items: people } = await answer.json();
  closeMentions(field);
  if (!people.length) return;
  field.parentElement.classList.add("mentions");
  const list = document.createElement("div");
  list.className = "menu-body";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "@");
  people.forEach((person, at) => {
    const option = document.createElement("button");
    const name = document.createElement("span");
    const handle = document.createElement("small");
    Object.assign(option, { type: "button", className: "menu-item", id: `${field.id}_mention_${at}`, tabIndex: -1 });
    option.setAttribute("role", "option");
    name.textContent = person.name;
    handle.textContent = `@${person.username}`;
    handle.className = "at-end";
    option.append(name, handle);
    option.addEventListener("mousedown", (event) => { event.preventDefault(); mention(field, person.username); });
    option.dataset.username = person.username;
    list.append(option);
  });
  field.after(list);
  markMention(field, list.firstElementChild);
}
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-mentions]")) suggestMentions(event.target).catch(() => {});
});
document.addEventListener("focusout", (event) => { if (event.target.matches?.("[data-mentions]")) closeMentions(event.target); });
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-mentions]") || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    field.form.requestSubmit();
    return;
  }
  const list = mentionList(field);
  if (!list) return;
  const options = [...list.children];
  const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") markMention(field, options[(at + 1) % options.length]);
  else if (event.key === "ArrowUp") markMention(field, options.at(at - 1));
  else if (event.key === "Enter" || event.key === "Tab") mention(field, options[at].dataset.username);
  else if (event.key === "Escape") closeMentions(field);
  else return;
  event.preventDefault();
}, true);

/* Files dropped on the form that takes them. */

const dropForm = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files") && event.target.closest?.("[data-drop]");
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    const form = dropForm(event);
    $$("[data-drop].is-over").forEach((one) => one !== form && one.classList.remove("is-over"));
    if (!form) return;
    event.preventDefault();
    form.classList.add("is-over");
  });
}
document.addEventListener("drop", (event) => {
  const form = dropForm(event);
  if (!form) return;
  event.preventDefault();
  form.classList.remove("is-over");
  const field = $("input[type=file]", form);
  field.files = event.dataTransfer.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

/* The search box: suggestions below it, walked with the arrows (a combobox with a listbox, ARIA 1.2). Enter without a
   choice searches as the plain form does. */

const searchBox = $("[data-suggestions]");
const suggestions = $("#suggestions");
const options = () => $$("[role=option]", suggestions);
function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  if (option) searchBox.setAttribute("aria-activedescendant", option.id);
  else searchBox.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}
function showSuggestions(shown) {
  suggestions.hidden = !shown;
  searchBox.setAttribute("aria-expanded", String(shown));
  choose(null);
}
let lastSearch = 0;
async function search() {
  const mine = ++lastSearch;
  const text = searchBox.value.trim();
  if (!text) { showSuggestions(false); return; }
  const answer = await fetch(`${searchBox.dataset.suggestions}?${new URLSearchParams({ q: text })}`);
  if (mine !== lastSearch || !answer.ok || answer.redirected || document.activeElement !== searchBox) return;
  suggestions.innerHTML = await answer.text();
  showSuggestions(options().length > 0);
}
function walkSuggestions(event) {
  if (event.isComposing || suggestions.hidden) return;
  const list = options();
  const at = list.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") choose(list[at + 1] ?? null);
  else if (event.key === "ArrowUp") choose(at < 0 ? list.at(-1) : list[at - 1] ?? null);
  else if (event.key === "Enter" && at >= 0) list[at].click();
  else if (event.key === "Escape") showSuggestions(false);
  else return;
  event.preventDefault();
}
if (searchBox && suggestions) {
  let soon;
  for (const [name, value] of [["role", "combobox"], ["aria-controls", "suggestions"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) {
    searchBox.setAttribute(name, value);
  }
  const searchSoon = (after) => { clearTimeout(soon); soon = setTimeout(() => search().catch(() => {}), after); };
  searchBox.addEventListener("input", () => searchSoon(120));
  searchBox.addEventListener("focus", () => searchSoon(0));
  searchBox.addEventListener("keydown", walkSuggestions);
  searchBox.closest("form").addEventListener("focusout", (event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) showSuggestions(false);
  });
}

/* As of: the slider moves the date and leaves the time of day alone. */

function moveInstant(slider) {
  const field = $("input[name=as_of]", slider.form);
  const daysBack = Number(slider.max) - Number(slider.value);
  const day = new Date(`${slider.dataset.today}T12:00`);
  day.setDate(day.getDate() - daysBack);
  const two = (number) => String(number).padStart(2, "0");
  const date = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  const instant = `${date}T${field.value.slice(11) || "12:00"}`;
  field.value = field.max && instant > field.max ? field.max : instant;
  slider.setAttribute("aria-valuetext", day.toLocaleDateString(root.lang, { dateStyle: "full" }));
}
function placeSlider(slider) {
  const field = $("input[name=as_of]", slider.form);
  if (!field.value) return;
  const days = (new Date(`${slider.dataset.today}T12:00`) - new Date(`${field.value.slice(0, 10)}T12:00`)) / 864e5;
  slider.value = Number(slider.max) - Math.round(days);
}

/* A card dropped on another lane does what its own menu offers for it; lanes for which it offers nothing take none.
   By keyboard and on a telephone the menu does the same. */

let dragged = null;
const offer = (lane) => dragged && $(`[data-to="${lane.dataset.lane}"]`, dragged);
function endDrag() {
  dragged?.classList.remove("is-dragged");
  $$("[data-lane]").forEach((lane) => lane.classList.remove("can-take", "is-over"));
  dragged = null;
}
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[draggable=true]") ?? null;
  if (!dragged) return;
  const box = dragged.getBoundingClientRect();
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setDragImage(dragged, event.clientX - box.left, event.clientY - box.top);
  dragged.classList.add("is-dragged");
  $$("[data-lane]").forEach((lane) => lane.classList.toggle("can-take", Boolean(offer(lane))));
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.("[data-lane]");
  $$("[data-lane].is-over").forEach((lane) => lane !== over && lane.classList.remove("is-over"));
  if (!over || !offer(over)) return;
  event.preventDefault();
  over.classList.add("is-over");
});
document.addEventListener("drop", (event) => {
  const over = event.target.closest?.("[data-lane]");
  const chosen = over && offer(over);
  if (!chosen) return;
  event.preventDefault();
  endDrag();
  chosen.click();
});
document.addEventListener("dragend", endDrag);

function enhance(within = document) {
  $$("[data-js]", within).forEach((element) => { element.hidden = false; });
  $$("[data-days-back]", within).forEach(placeSlider);
  const toggle = $("[data-shortcuts-toggle]", within);
  if (toggle) toggle.checked = shortcutsOn();
  showDependents(within);
}
enhance();
/* A page that is a form begins in its first field (or in the first that was refused): letters are text at once. */
if (document.activeElement === document.body && !location.hash) {
  const form = $("main form[data-guard]");
  if (form) ($("[aria-invalid=true]", form) ?? $(":is(input:not([type=hidden]), select, textarea):not(.each *)", form))?.focus();
}
document.addEventListener("htmx:load", (event) => {
  const part = event.detail.elt;
  enhance(part);
  const dialog = part.closest?.("dialog[open]");
  if (dialog && ($("form", part) || part.matches("form"))) focusWithin(dialog);
});
