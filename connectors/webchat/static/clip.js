// The words of one message on the clipboard, for "Copy this note". Loaded when it is used.

/** Copy them; gives the key of what to say. Where copying is not allowed they are marked, for a hand to copy. */
export async function open(link, { words }) {
  try {
    await navigator.clipboard.writeText(words.textContent);
  } catch (refused) {
    getSelection().selectAllChildren(words);
    if (!document.execCommand("copy")) return "clip_by_hand";
  }
  return "clip_done";
}
