import java.io.DataInputStream;
import java.io.IOException;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** Fails when a class in one of the jars that are named is not of class file version 61, that of Java 17. Prints how many there are. */
final class ClassFiles {

    public static void main(String[] jars) throws IOException {
        int classes = 0;
        for (String name : jars) {
            int before = classes;
            try (JarFile jar = new JarFile(name)) {
                for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
                    JarEntry entry = entries.nextElement();
                    if (entry.getName().endsWith(".class")) {
                        check(jar, entry);
                        classes++;
                    }
                }
            }
            if (classes == before) {
                throw new IllegalStateException(name + " holds no class");
            }
        }
        System.out.println(classes);
    }

    private static void check(JarFile jar, JarEntry entry) throws IOException {
        try (DataInputStream in = new DataInputStream(jar.getInputStream(entry))) {
            int magic = in.readInt();
            int minor = in.readUnsignedShort();
            int major = in.readUnsignedShort();
            if (magic != 0xCAFEBABE || minor != 0 || major != 61) {
                throw new IllegalStateException(
                        entry.getName() + " in " + jar.getName() + " is of class file version " + major + "." + minor + ", not 61");
            }
        }
    }
}
