// The token is in the memory of the page alone: it is gone after a reload, and no other page can read it.
let token = "";
const $ = id => document.getElementById(id);

// call sends a request to this origin, which is the gateway, and returns the answer. It throws the message of a refusal.
async function call(method, path, body) {
  const headers = {"Content-Type": "application/json"};
  if (token) headers.Authorization = "Bearer " + token;
  const response = await fetch(path, {method, headers, body: body && JSON.stringify(body)});
  if (!response.ok) throw new Error((await response.json()).message);
  return response.status === 204 ? null : response.json();
}

// button returns a button that does something and shows the list again.
function button(text, action) {
  const b = document.createElement("button");
  b.textContent = text;
  b.onclick = () => attempt(async () => { await action(); await show(); });
  return b;
}

// show lists the todos. Titles come from other users, so they are set as text and never as HTML.
async function show() {
  const todos = await call("GET", "/todos");
  $("todos").replaceChildren(...todos.map(t => {
    const title = document.createElement("span");
    title.textContent = t.title;
    title.className = t.done ? "title done" : "title";
    const item = document.createElement("li");
    item.append(title, " ",
      button(t.done ? "Reopen" : "Done", () => call("PUT", "/todos/" + t.id, {title: t.title, done: !t.done})), " ",
      button("Delete", () => call("DELETE", "/todos/" + t.id)));
    return item;
  }));
  $("status").textContent = todos.length + " todos";
}

// attempt shows the error of an action.
async function attempt(action) {
  try {
    await action();
  } catch (e) {
    $("status").textContent = e.message;
  }
}

$("sign-in").onsubmit = e => {
  e.preventDefault();
  attempt(async () => {
    token = "";
    $("todos").replaceChildren();
    $("add").hidden = true;
    token = (await call("POST", "/demo/sign-in", {name: $("name").value})).token;
    await show();
    $("add").hidden = false;
  });
};

$("add").onsubmit = e => {
  e.preventDefault();
  attempt(async () => {
    await call("POST", "/todos", {title: $("title").value});
    $("title").value = "";
    await show();
  });
};
