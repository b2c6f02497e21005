/** What of WebAssembly is looked at here; its types come with browsers only. */
interface Memory {
  readonly buffer: ArrayBuffer
}
interface Wasm {
  readonly Memory: new (...args: never[]) => Memory
  Instance: new (...args: never[]) => { readonly exports: object }
}

/** Memories of WebAssembly that were made since this module was loaded: Node counts them nowhere. */
const memories = new Set<Memory>()
const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly

wasm.Instance = new Proxy(wasm.Instance, {
  construct(target, args, made) {
    const instance: InstanceType<Wasm['Instance']> = Reflect.construct(target, args, made)
    for (const member of Object.values(instance.exports)) if (member instanceof wasm.Memory) memories.add(member)
    return instance
  },
})

export const wasmMemory = (): number => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
