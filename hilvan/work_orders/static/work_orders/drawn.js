/* A signature drawn with a finger, a pen or the mouse. What was drawn is a PNG in the hidden field, as a data URL;
   black on white whatever the theme, since it is printed. */

function prepare(field) {
  const canvas = field.querySelector("canvas");
  const kept = field.querySelector("input");
  const line = field.querySelector("[data-drawn-line]");
  const pen = canvas.getContext("2d");
  let last = null;

  function clear() {
    const room = canvas.getBoundingClientRect();
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.max(1, Math.round(room.width * scale));
    canvas.height = Math.max(1, Math.round(room.height * scale));
    pen.scale(scale, scale);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, room.width, room.height);
    Object.assign(pen, { lineWidth: 2.2, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    kept.value = "";
  }

  function at(event) {
    const room = canvas.getBoundingClientRect();
    return [event.clientX - room.left, event.clientY - room.top];
  }

  function draw(event) {
    const here = at(event);
    pen.beginPath();
    pen.moveTo(...(last ?? here));
    pen.lineTo(...here);
    pen.stroke();
    last = here;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = null;
    draw(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) draw(one);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (last === null) return;
      last = null;
      kept.value = canvas.toDataURL("image/png");
    });
  }
  field.querySelector("[data-drawn-clear]").addEventListener("click", clear);
  canvas.hidden = line.hidden = false;
  // In a dialog there is no room for it until the dialog opens; a telephone that is turned has another room.
  new ResizeObserver(() => {
    if (!kept.value && canvas.clientWidth) clear();
  }).observe(canvas);
}

function prepareAll() {
  for (const field of document.querySelectorAll("[data-drawn]:not([data-ready])")) {
    field.dataset.ready = "yes";
    prepare(field);
  }
}

prepareAll();
document.addEventListener("htmx:load", prepareAll);
