// Pages that are opened as files may not start a worker, which search needs. Here a hidden frame
// stands for it: it loads the same script and exchanges the same messages.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.appendChild(frame);
      this.inside = frame.contentWindow;
      this.waiting = [];
      this.loaded = false;
      const answer = (data) => {
        const event = new MessageEvent("message", { data });
        this.dispatchEvent(event);
        if (this.onmessage) this.onmessage(event);
      };
      this.inside.postMessage = answer;
      // Scripts load one after another, as they do in a worker.
      this.inside.importScripts = (...addresses) =>
        addresses.reduce((before, next) => before.then(() => this.load(next)), Promise.resolve());
      this.load(address).then(() => {
        this.loaded = true;
        this.waiting.splice(0).forEach((data) => this.deliver(data));
      });
    }
    load(address) {
      return new Promise((resolve) => {
        const script = this.inside.document.createElement("script");
        script.src = new URL(address, document.baseURI);
        script.onload = script.onerror = resolve;
        this.inside.document.body.appendChild(script);
      });
    }
    deliver(data) {
      this.inside.dispatchEvent(new MessageEvent("message", { data }));
    }
    postMessage(data) {
      this.loaded ? this.deliver(data) : this.waiting.push(data);
    }
    terminate() {}
  };
}
