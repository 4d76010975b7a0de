/* Progressive help for pages that work without it. No dependencies, nothing inline.
   Everything listens on the document, so what htmx swaps in works at once.

   details.menu                 closes on Escape and outside clicks; arrow keys walk through it
   data-dialog="ID"             opens <dialog id=ID>; data-close closes the dialog around it
   data-confirm="Question?"     on a button, link or form: asks first
   data-shortcut="a"            on a link, button or summary: that key presses it
   data-shown-when="#id_x=v"    shows the element while field x has that value ("!=" also works;
                                a checkbox has the values "true" and "false"; "a|b" is either)
   data-submit                  on a control: changing it submits its form
   data-guard                   on a form: asks before leaving with unsaved changes
   data-record-lookup="URL"     on a text field: what is typed asks URL for records of the kinds in data-kinds
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
  ($("[autofocus]", dialog) ?? $("form :is(input:not([type=hidden]), select, textarea)", dialog))?.focus();
  return true;
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
  } else {
    event.target.removeAttribute("data-changed");
  }
}, true);

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
  const query = new URLSearchParams({ q: field.value, kinds: field.dataset.kinds });
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

function enhance(within = document) {
  $$("[data-js]", within).forEach((element) => { element.hidden = false; });
  $$("[data-days-back]", within).forEach(placeSlider);
  const toggle = $("[data-shortcuts-toggle]", within);
  if (toggle) toggle.checked = shortcutsOn();
  showDependents(within);
}
enhance();
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
