/*
 * What makes the text that BIOS programs write to the screen appear on the first serial port as well: the first bytes
 * of the iPXE disk and of the iPXE CD.
 *
 * Why: packaged BIOS builds of iPXE have no serial console, and Nova's console log is the serial port; without this
 * a node that finds no boot file is a black box to its tenant. iPXE writes by INT 10h, AH=0Eh, and so do syslinux and
 * isolinux at first. (Under UEFI the firmware's own console goes to the serial port, so nothing is needed.)
 *
 * The handler lives in the last KiB of base memory, taken away from programs in the way boot ROMs do it (the BIOS
 * data word 0040:0013). Waits at most 65536 polls for the port, so that a machine without one boots as well.
 * NASM's syntax; the bytes are its output (`nasm -f bin`, org 0x7c00). DL is the boot drive all along.
 */

/** Where the BIOS loads a boot sector. */
const origin = 0x7c00;

/** The far jump's target, its last 4 bytes, is put in by what installs it. */
const handler = Buffer.concat([
  bytes("80fc0e 7517"), //            cmp ah, 0x0e; jne chain
  bytes("50 52 51 88c4"), //          push ax; push dx; push cx; mov ah, al
  bytes("bafd03 31c9"), //            mov dx, 0x3fd (line status); xor cx, cx
  bytes("ec a820 e1fb"), //           wait: in al, dx; test al, 0x20 (ready to send); loopz wait
  bytes("b2f8 88e0 ee"), //           mov dl, 0xf8 (data); mov al, ah; out dx, al
  bytes("59 5a 58"), //               pop cx; pop dx; pop ax
  bytes("ea 00000000"), //            chain: jmp far, to what was there before
]);

/** Puts the handler into INT 10h's place. Afterwards DS and SS are 0, and the stack is below `origin`. */
function install(handlerAt: number): Buffer {
  return Buffer.concat([
    bytes("fa"), //                     cli
    bytes("31c0 8ed8 8ed0 bc007c"), //  xor ax, ax; mov ds, ax; mov ss, ax; mov sp, 0x7c00
    bytes("fc"), //                     cld
    // It is there already where the CD went on to the disk: each letter once.
    bytes("c43e4000"), //               les di, [0x40]
    bytes("2666813d 80fc0e75"), //      cmp dword [es:di], 0x750efc80 (how it begins)
    bytes("7429"), //                   je installed
    // Take 1 KiB off the base memory; es = where it begins.
    bytes("ff0e1304 a11304"), //        dec word [0x413]; mov ax, [0x413]
    bytes("c1e006 8ec0"), //            shl ax, 6; mov es, ax
    // Copy the handler to es:0, with the old INT 10h vector at its end, and put it into the vector's place.
    bytes("be"),
    word(handlerAt), //    mov si, handler
    bytes("31ff b9"),
    word(handler.length),
    bytes("f3a4"), // xor di, di; mov cx, 33; rep movsb
    bytes("66a14000 2666a31d00"), //    mov eax, [0x40]; mov [es:29], eax
    bytes("c70640000000 8c064200"), //  mov word [0x40], 0; mov [0x42], es
    bytes("fb"), //          installed: sti
  ]);
}

/** Moves code from `at` to 0000:0600, out of the way of what it loads, and goes on there. */
function moveAway(at: number, length: number): Buffer {
  return Buffer.concat([
    bytes("31c9 8ec1 be"),
    word(at), // xor cx, cx; mov es, cx; mov si, at
    bytes("bf0006 b9"),
    word(length),
    bytes("f3a4"), // mov di, 0x600; mov cx, length; rep movsb
    bytes("ea00060000"), //             jmp 0:0x600
  ]);
}

/** header, installation, `before`, then `last` run from 0000:0600. */
function program(header: Buffer, before: Buffer, last: Buffer): Buffer {
  const lastAt = origin + header.length + install(0).length + before.length + moveAway(0, 0).length;
  return Buffer.concat([
    header,
    install(lastAt + last.length),
    before,
    moveAway(lastAt, last.length),
    last,
    handler,
  ]);
}

/** The disk's first sector: runs the ordinary MBR, which lies in sector 1. */
export const consoleMbr = program(
  Buffer.alloc(0),
  Buffer.alloc(0),
  Buffer.concat([
    // Read one sector by its number (INT 13h, AH=42h), stop where that fails, run it.
    bytes("be0e06 b442 cd13"), //       mov si, packet; mov ah, 0x42; int 0x13
    bytes("72fe ea007c0000"), //        jc $; jmp 0:0x7c00
    bytes("1000 0100 007c 0000"), //    packet: its size, sectors, offset and segment to load to,
    bytes("0100000000000000"), //               and the sector's number: 1
  ]),
);

/** A CD's sector, in bytes. */
export const cdSector = 2048;

/**
 * The first sector of the CD's boot file; isolinux.bin follows in the same file, its first sector loaded by the BIOS too
 * (mkisofs -boot-load-size 8). `-boot-info-table` writes into bytes 8 to 63 where the file lies on the CD; isolinux
 * looks for the same at its own byte 12, so that is filled in with the next sector before it runs.
 */
export const consoleCdBoot = Buffer.concat(
  [
    program(
      Buffer.concat([bytes("eb3e"), Buffer.alloc(62)]), // jmp short, over the table
      bytes("66a10c7c 6640 66a30c84"), // mov eax, [0x7c0c]; inc eax; mov [0x840c], eax
      Buffer.concat([
        bytes("be0084 bf007c"), //          mov si, 0x8400 (isolinux's sector); mov di, 0x7c00
        bytes("b90004 f3a5"), //            mov cx, 1024; rep movsw
        bytes("ea007c0000"), //             jmp 0:0x7c00
      ]),
    ),
    Buffer.alloc(cdSector),
  ],
  cdSector,
);

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

function word(value: number): Buffer {
  return Buffer.from([value & 0xff, value >> 8]);
}
