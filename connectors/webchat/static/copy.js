// A copy of one's own words: two files, fetched with the chat's token and saved by the browser. Loaded when it is used.
// Nothing of them stays in the page: the links are thrown away as soon as the browser has taken them.

/** Fetch and save both files; gives the key of what to say. */
export async function open(link) {
  for (const [form, name] of [["page", "copy.html"], ["data", "copy.json"]]) {
    const response = await fetch(`${link.base}/api/copy`, link.request({ form })).catch(() => null);
    if (!response || !response.ok) return "copy_failed";
    save(await response.blob(), name);
  }
  return "copy_saved";
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
