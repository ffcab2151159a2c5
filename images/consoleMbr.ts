/**
 * The disk's first sector: makes what BIOS programs write to the screen appear on the first serial port as well,
 * then runs the ordinary MBR, which lies in sector 1.
 *
 * Why: packaged BIOS builds of iPXE have no serial console, and Nova's console log is the serial port; without this
 * a node that finds no boot file is a black box to its tenant. iPXE and syslinux both write by INT 10h, AH=0Eh.
 * (Under UEFI the firmware's own console goes to the serial port, so nothing is needed.)
 *
 * The handler lives in the last KiB of base memory, taken away from programs in the way boot ROMs do it (the BIOS
 * data word 0040:0013). Waits at most 65536 polls for the port, so that a machine without one boots as well.
 * NASM's syntax; the bytes are its output (`nasm -f bin`, org 0x7c00).
 */
export const consoleMbr = Buffer.concat([
  bytes("fa"), //                     cli
  bytes("31c0 8ed8 8ed0 bc007c"), //  xor ax, ax; mov ds, ax; mov ss, ax; mov sp, 0x7c00
  bytes("fc"), //                     cld
  // Take 1 KiB off the base memory; es = where it begins.
  bytes("ff0e1304 a11304"), //        dec word [0x413]; mov ax, [0x413]
  bytes("c1e006 8ec0"), //            shl ax, 6; mov es, ax
  // Copy the handler to es:0, with the old INT 10h vector at its end, and put it into the vector's place.
  bytes("be657c 31ff b92100 f3a4"), //mov si, handler; xor di, di; mov cx, 33; rep movsb
  bytes("66a14000 2666a31d00"), //    mov eax, [0x40]; mov [es:old - handler], eax
  bytes("c70640000000 8c064200"), //  mov word [0x40], 0; mov [0x42], es
  bytes("fb"), //                     sti
  // Move the loader to 0000:0600, out of the way of the sector that it loads. DL is the boot drive all along.
  bytes("8ec1 be477c bf0006"), //     mov es, cx; mov si, loader; mov di, 0x600
  bytes("b91e00 f3a4 ea00060000"), // mov cx, 30; rep movsb; jmp 0:0x600
  // loader: read one sector by its number (INT 13h, AH=42h), stop where that fails, run it.
  bytes("be0e06 b442 cd13"), //       mov si, packet; mov ah, 0x42; int 0x13
  bytes("72fe ea007c0000"), //        jc $; jmp 0:0x7c00
  bytes("1000 0100 007c 0000"), //    packet: its size, sectors, offset and segment to load to,
  bytes("0100000000000000"), //               and the sector's number: 1
  // handler:
  bytes("80fc0e 7517"), //            cmp ah, 0x0e; jne chain
  bytes("50 52 51 88c4"), //          push ax; push dx; push cx; mov ah, al
  bytes("bafd03 31c9"), //            mov dx, 0x3fd (line status); xor cx, cx
  bytes("ec a820 e1fb"), //           wait: in al, dx; test al, 0x20 (ready to send); loopz wait
  bytes("b2f8 88e0 ee"), //           mov dl, 0xf8 (data); mov al, ah; out dx, al
  bytes("59 5a 58"), //               pop cx; pop dx; pop ax
  bytes("ea 00000000"), //            chain: jmp far, to what `old` says
]);

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}
