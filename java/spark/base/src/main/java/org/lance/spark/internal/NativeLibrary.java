package org.lance.spark.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Loads the native library: from the folder that the system property {@code lance.native.path} or
 * the environment variable {@code LANCE_NATIVE_PATH} names, else from the jar. Out of the jar the
 * files go once into a folder that only the user may enter, named by the hash of their content.
 */
final class NativeLibrary {
  private static final String PROPERTY = "lance.native.path";
  private static final String ENVIRONMENT = "LANCE_NATIVE_PATH";
  private static final String LIBRARY = "liblance_jni.so";
  private static final Set<PosixFilePermission> USER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private NativeLibrary() {}

  static void load() {
    String folder = System.getProperty(PROPERTY, System.getenv(ENVIRONMENT));
    if (folder != null) {
      System.load(Paths.get(folder, LIBRARY).toAbsolutePath().toString());
      return;
    }
    try {
      loadFromJar();
    } catch (IOException e) {
      throw new IllegalStateException(
          "The native library of the Lance connector could not be unpacked: " + e.getMessage()
              + ". The system property " + PROPERTY + " may name a folder that holds it", e);
    }
  }

  private static void loadFromJar() throws IOException {
    String root = "/native/" + platform() + "/";
    Listing listing = readListing(root);
    IOException last = null;
    for (Path base : cacheFolders()) {
      try {
        Path folder = unpack(root, listing, base);
        try {
          System.load(folder.resolve(LIBRARY).toString());
        } catch (UnsatisfiedLinkError e) {
          if (!String.valueOf(e.getMessage()).contains("already loaded")) {
            throw e;
          }
          // Another class loader of this JVM holds that file; a copy is a library of its own.
          Path copy = privateFolder(base, "copy-");
          copyFiles(root, listing, copy);
          System.load(copy.resolve(LIBRARY).toString());
          deleteFolder(copy);
        }
        return;
      } catch (IOException e) {
        last = e;
      }
    }
    throw last;
  }

  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase();
    String arch = System.getProperty("os.arch").toLowerCase();
    if (arch.equals("amd64")) {
      arch = "x86_64";
    }
    return (os.startsWith("linux") ? "linux" : os.replace(" ", "")) + "-" + arch;
  }

  /** Names and sizes of the files, and a hash over all of them. */
  private static final class Listing {
    String hash;
    final List<String> names = new ArrayList<>();
    final List<Long> sizes = new ArrayList<>();
  }

  private static Listing readListing(String root) throws IOException {
    Listing listing = new Listing();
    try (InputStream in = NativeLibrary.class.getResourceAsStream(root + "files.txt")) {
      if (in == null) {
        throw new IOException("this jar has no native library for " + platform());
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.split("\n")) {
        String[] words = line.trim().split(" ");
        if (words.length == 1) {
          listing.hash = words[0];
        } else {
          listing.names.add(words[0]);
          listing.sizes.add(Long.parseLong(words[1]));
        }
      }
    }
    return listing;
  }

  private static List<Path> cacheFolders() {
    List<Path> folders = new ArrayList<>();
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isEmpty()) {
      folders.add(Paths.get(xdg));
    }
    String home = System.getProperty("user.home");
    if (home != null && !home.isEmpty()) {
      folders.add(Paths.get(home, ".cache"));
    }
    String temporary = System.getProperty("java.io.tmpdir");
    folders.add(Paths.get(temporary));
    List<Path> ours = new ArrayList<>();
    for (Path folder : folders) {
      ours.add(folder.resolve("lance-spark-" + System.getProperty("user.name")).toAbsolutePath());
    }
    return ours;
  }

  private static Path unpack(String root, Listing listing, Path base) throws IOException {
    Files.createDirectories(base.getParent());
    if (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.createDirectory(base, PosixFilePermissions.asFileAttribute(USER_ONLY));
      } catch (java.nio.file.FileAlreadyExistsException e) {
        // Another process was faster; the check below judges its folder.
      }
    }
    checkOurs(base);
    Path folder = base.resolve(listing.hash);
    if (complete(folder, listing)) {
      return folder;
    }
    Path fresh = privateFolder(base, "unpack-");
    copyFiles(root, listing, fresh);
    try {
      Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      deleteFolder(fresh);
      if (!complete(folder, listing)) {
        throw e;
      }
    }
    return folder;
  }

  private static Path privateFolder(Path base, String prefix) throws IOException {
    return Files.createTempDirectory(base, prefix, PosixFilePermissions.asFileAttribute(USER_ONLY));
  }

  private static void checkOurs(Path base) throws IOException {
    if (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(base + " is not a folder");
    }
    Set<PosixFilePermission> permissions =
        Files.getPosixFilePermissions(base, LinkOption.NOFOLLOW_LINKS);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IOException("others may write into " + base);
    }
    Path probe = Files.createTempFile(base, "probe-", null);
    boolean same = Files.getOwner(probe).equals(Files.getOwner(base, LinkOption.NOFOLLOW_LINKS));
    Files.delete(probe);
    if (!same) {
      throw new IOException(base + " belongs to another user");
    }
  }

  private static boolean complete(Path folder, Listing listing) throws IOException {
    for (int i = 0; i < listing.names.size(); i++) {
      Path file = folder.resolve(listing.names.get(i));
      if (!Files.isRegularFile(file) || Files.size(file) != listing.sizes.get(i)) {
        return false;
      }
    }
    return true;
  }

  private static void copyFiles(String root, Listing listing, Path folder) throws IOException {
    for (String name : listing.names) {
      try (InputStream in = NativeLibrary.class.getResourceAsStream(root + name)) {
        if (in == null) {
          throw new IOException("the jar lacks " + root + name);
        }
        Files.copy(in, folder.resolve(name));
      }
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    try (java.nio.file.DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
