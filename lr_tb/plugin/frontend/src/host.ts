/**
 * What TensorBoard's page and this frame tell each other.
 *
 * The protocol is that of TensorBoard's own plugin library, which is not published:
 * JSON messages over a MessageChannel. Only its notices are used; the address bar is
 * reached directly, since `GetURLPluginData` is empty at the first load.
 */

interface Message {
  type: string;
  id: number;
  payload: unknown;
  error: string | null;
  isReply: boolean;
}

/** The window whose address bar people see, or our own where the frame stands alone. */
export function outerWindow(): Window {
  try {
    void window.parent.location.href;
    return window.parent;
  } catch {
    return window;
  }
}

/** Calls `onReload` when TensorBoard has reloaded its data or its list of runs changed. */
export function listen(onReload: () => void): void {
  if (window.parent === window) return;
  const channel = new MessageChannel();
  const notices = new Set(["experimental.DataReloaded", "experimental.RunsChanged"]);
  channel.port1.onmessage = (event: MessageEvent<string>) => {
    const message = JSON.parse(event.data) as Message;
    if (message.isReply) return;
    if (notices.has(message.type)) onReload();
    const reply: Message = { ...message, payload: null, error: null, isReply: true };
    channel.port1.postMessage(JSON.stringify(reply));
  };
  window.parent.postMessage("experimental.bootstrap", "*", [channel.port2]);
}

/** Whether the frame is on screen: TensorBoard keeps the frames of other tabs, at height 0. */
export function onScreen(): boolean {
  return window.innerHeight > 0 && document.visibilityState === "visible";
}
