import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.tools.*;

/**
 * Runs many one-file programs in one JVM, for starting one takes longer than most of them run.
 *
 * Each line of standard input is "SOURCE CLASS": the file to compile and the class whose main to
 * call. Answered with "EXIT LENGTH" on a line of its own and that many bytes of output: what the
 * program printed and 0, or what went wrong and 1.
 */
public class Runner {
    public static void main(String[] arguments) throws IOException {
        var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var answers = new DataOutputStream(new BufferedOutputStream(System.out));
        for (String line; (line = requests.readLine()) != null; ) {
            int space = line.lastIndexOf(' ');
            var output = new ByteArrayOutputStream();
            int exit = run(Path.of(line.substring(0, space)), line.substring(space + 1), output);
            answers.writeBytes(exit + " " + output.size() + "\n");
            output.writeTo(answers);
            answers.flush();
        }
    }

    private static int run(Path source, String name, ByteArrayOutputStream output) {
        var stdout = System.out;
        var captured = new PrintStream(output, true, StandardCharsets.UTF_8);
        try {
            var compiler = ToolProvider.getSystemJavaCompiler();
            Path classes = Files.createTempDirectory(source.getParent(), "classes");
            if (compiler.run(null, captured, captured, "-d", classes.toString(), source.toString()) != 0)
                return 1;
            try (var loader = new URLClassLoader(new URL[]{classes.toUri().toURL()})) {
                System.setOut(captured);
                var main = loader.loadClass(name).getDeclaredMethod("main", String[].class);
                main.setAccessible(true);
                main.invoke(null, (Object) new String[0]);
            }
            return 0;
        } catch (Throwable error) {
            error.printStackTrace(captured);
            return 1;
        } finally {
            System.setOut(stdout);
            captured.flush();
        }
    }
}
