package dev.varve.bench.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of its own in a file, mounted where only this test sees it. Confined to one thread. */
final class SmallDisk implements AutoCloseable {

    private static final int FILL_BYTES = 64 * 1024;

    /** So much of what is to be taken is taken in small pieces. */
    private static final long ROUGHLY_BYTES = 1 << 20;

    private final Path image;
    private final Path root;

    /** Makes and mounts a disk of a size. */
    SmallDisk(Path directory, int mebibytes) throws IOException, InterruptedException {
        image = directory.resolve("disk.img");
        root = Files.createDirectories(directory.resolve("disk"));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) mebibytes << 20);
        }
        Tools.must("mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image.toString());
        Tools.must("mount", "-o", "loop,errors=remount-ro", image.toString(), root.toString());
    }

    Path root() {
        return root;
    }

    /** Takes all space but so much. */
    void fill(long leaveBytes) throws IOException, InterruptedException {
        long much = Files.getFileStore(root).getUsableSpace() - leaveBytes - ROUGHLY_BYTES;
        if (much > 0) {
            Tools.must("fallocate", "-l", Long.toString(much), filler().toString());
        }
        try (RandomAccessFile filler = new RandomAccessFile(filler().toFile(), "rw")) {
            byte[] slice = new byte[FILL_BYTES];
            filler.seek(filler.length());
            while (Files.getFileStore(root).getUsableSpace() - slice.length >= leaveBytes) {
                filler.write(slice);
                filler.getFD().sync();
            }
        }
    }

    /** Gives the space back. */
    void free() throws IOException {
        Files.deleteIfExists(filler());
    }

    /** Makes the file system read-only, as Linux does when it finds an error in it. */
    void fail() throws IOException, Tools.Missing {
        Path trigger = Path.of("/sys/fs/ext4", device().getFileName().toString(), "trigger_fs_error");
        if (!Files.isWritable(trigger)) {
            throw new Tools.Missing("this kernel has no " + trigger);
        }
        Files.writeString(trigger, "1");
    }

    /** Unmounts the disk, mends it, and mounts it again. */
    void remount(String how) throws IOException, InterruptedException {
        Tools.must("umount", root.toString());
        Tools.run("e2fsck", "-f", "-y", image.toString());
        Tools.must("mount", "-o", "loop,errors=remount-ro," + how, image.toString(), root.toString());
    }

    private Path device() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            String[] fields = line.split(" ");
            if (fields[1].equals(root.toString())) {
                return Path.of(fields[0]);
            }
        }
        throw new IOException(root + " is not mounted");
    }

    private Path filler() {
        return root.resolve("filler");
    }

    @Override
    public void close() throws IOException {
        try {
            Tools.must("umount", "-l", root.toString());
            Files.delete(image);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
