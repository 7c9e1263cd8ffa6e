import java.io.*;
import java.lang.reflect.*;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import javax.tools.*;

/**
 * Compiles a Java file in memory and calls its method once for each test; runs inside the sandbox.
 *
 * Standard input: the nonce, what to call (JSON), then the arguments of a test (JSON) a line. For
 * each test one line leaves on standard output: the nonce, a colon, and what came of the call. What
 * the judged code prints goes to standard error, where the nonce and a number end each test's part.
 */
class Driver {
    static final int LONGEST_RESULT = 100_000; // characters of JSON
    static final int LONGEST_CHAIN = 100_000; // nodes
    static final int LONGEST_ERROR = 2_000;
    static final int MOST_LINES = 8; // of the code's own in one error

    /** The result is no value of the problem's type, or the code cannot be called. */
    static class Unfit extends RuntimeException {
        Unfit(String message) {
            super(message);
        }
    }

    static PrintStream wire, printed;
    static String nonce;
    static Loader loader;

    public static void main(String[] ignored) throws IOException {
        wire = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.US_ASCII);
        printed = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        var lines = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
        System.setIn(InputStream.nullInputStream());
        System.setOut(printed);
        System.setErr(printed);
        nonce = lines[0];
        var order = (Map<?, ?>) Json.read(lines[1]);
        var kinds = (List<?>) order.get("parameters");
        Method method = null;
        try {
            method = find((String) order.get("main"), (String) order.get("function"), kinds.size());
        } catch (Throwable error) {
            String text = error instanceof Unfit ? error.getMessage() : told(error);
            tell(Map.of("load", text));
            printed.println(text);
            printed.flush();
            Runtime.getRuntime().halt(1);
        }
        var inPlace = (Number) order.get("inPlace");
        String kind = (String) order.get("result");
        printed.print(nonce + ":-1\n"); // what loading printed
        for (int index = 0; index + 2 < lines.length; index++) {
            var frame = new LinkedHashMap<String, Object>();
            frame.put("i", index);
            call(method, (List<?>) Json.read(lines[index + 2]), kinds, inPlace, kind, frame);
            frame.put("m", peak());
            printed.print(nonce + ":" + index + "\n");
            printed.flush();
            tell(frame);
        }
        Runtime.getRuntime().halt(0); // threads of the judged code do not keep it
    }

    static void tell(Map<String, Object> frame) {
        wire.print(nonce + ":" + Json.write(frame) + "\n");
        wire.flush();
    }

    static void call(
            Method method, List<?> values, List<?> kinds, Number inPlace, String kind,
            Map<String, Object> frame) {
        long began = 0;
        try {
            var given = new Object[values.size()];
            for (int at = 0; at < given.length; at++)
                given[at] = Build.argument(
                    values.get(at), (String) kinds.get(at), method.getGenericParameterTypes()[at]);
            Object self = Modifier.isStatic(method.getModifiers()) ? null : Build.make(method.getDeclaringClass());
            began = System.nanoTime();
            Object value = method.invoke(self, given);
            frame.put("t", (System.nanoTime() - began) / 1000);
            if (inPlace != null) value = given[inPlace.intValue()];
            Object result = Taken.taken(value, kind);
            if (Json.write(result).length() > LONGEST_RESULT)
                throw new Unfit("The result is longer than " + LONGEST_RESULT + " characters.");
            frame.put("v", result);
        } catch (Throwable thrown) {
            Throwable error = thrown instanceof InvocationTargetException && thrown.getCause() != null
                ? thrown.getCause() : thrown;
            frame.putIfAbsent("t", began == 0 ? 0 : (System.nanoTime() - began) / 1000);
            frame.put("e", error instanceof Unfit ? error.getMessage() : told(error));
            if (error instanceof OutOfMemoryError) frame.put("x", "memory");
        }
    }

    /** The error with those lines that are the judged code's own, the innermost first. */
    static String told(Throwable error) {
        String name = error.getClass().getName().replaceFirst("^java\\.(lang|util)\\.", "");
        String message = error.getMessage() == null ? "" : ": " + error.getMessage();
        String own = Arrays.stream(error.getStackTrace())
            .filter(line -> loader != null && loader.classes.containsKey(line.getClassName()))
            .limit(MOST_LINES)
            .map(line -> "\n    at " + line.getMethodName() + " (" + line.getFileName() + ":" + line.getLineNumber() + ")")
            .collect(Collectors.joining());
        return cut(name + message, LONGEST_ERROR / 2) + cut(own, LONGEST_ERROR / 2);
    }

    static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest);
    }

    /** The most memory this process has had, in bytes; 0 where that is not known. */
    static long peak() {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst().orElse(0);
        } catch (IOException | RuntimeException error) {
            return 0;
        }
    }

    static Method find(String main, String name, int parameters) throws Exception {
        loader = new Loader(compiled(Path.of(main)));
        var found = new ArrayList<Method>();
        for (String each : loader.classes.keySet())
            for (Method method : loader.loadClass(each).getDeclaredMethods())
                if (method.getName().equals(name) && !method.isSynthetic()) found.add(method);
        found.removeIf(method -> method.getParameterCount() != parameters);
        if (found.isEmpty())
            throw new Unfit("There is no method " + name + " with " + parameters + " parameters in " + main + ".");
        String first = Path.of(main).getFileName().toString().replaceFirst("\\.java$", "");
        found.sort(Comparator.comparing(method -> !method.getDeclaringClass().getName().equals(first)));
        found.get(0).setAccessible(true);
        return found.get(0);
    }

    /** The classes of that file, and of those beside it that it needs, in memory. */
    static Map<String, byte[]> compiled(Path main) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) throw new Unfit("This Java has no compiler.");
        var mistakes = new DiagnosticCollector<JavaFileObject>();
        var classes = new TreeMap<String, ByteArrayOutputStream>();
        var standard = compiler.getStandardFileManager(mistakes, null, StandardCharsets.UTF_8);
        var files = new ForwardingJavaFileManager<StandardJavaFileManager>(standard) {
            @Override
            public JavaFileObject getJavaFileForOutput(
                    Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
                return new SimpleJavaFileObject(URI.create("memory:/" + name.replace('.', '/') + ".class"), kind) {
                    @Override
                    public OutputStream openOutputStream() {
                        return classes.computeIfAbsent(name, each -> new ByteArrayOutputStream());
                    }
                };
            }
        };
        var folder = main.toAbsolutePath().getParent();
        var options = List.of("-sourcepath", folder.toString(), "-proc:none", "-nowarn", "-g");
        if (!compiler.getTask(null, files, mistakes, options, null, standard.getJavaFileObjects(main)).call())
            throw new Unfit(mistakes.getDiagnostics().stream()
                .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                .limit(MOST_LINES)
                .map(each -> cut(named(each) + ": error: " + each.getMessage(Locale.ENGLISH), 300))
                .collect(Collectors.joining("\n")));
        var bytes = new TreeMap<String, byte[]>();
        classes.forEach((name, stream) -> bytes.put(name, stream.toByteArray()));
        return bytes;
    }

    static String named(Diagnostic<? extends JavaFileObject> mistake) {
        if (mistake.getSource() == null) return "Java";
        return Path.of(mistake.getSource().getName()).getFileName() + ":" + mistake.getLineNumber();
    }

    /** Loads what was compiled. */
    static class Loader extends ClassLoader {
        final Map<String, byte[]> classes;

        Loader(Map<String, byte[]> classes) {
            super(ClassLoader.getPlatformClassLoader());
            this.classes = classes;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] bytes = classes.get(name);
            if (bytes == null) throw new ClassNotFoundException(name);
            return defineClass(name, bytes, 0, bytes.length);
        }
    }

    /** Arguments from JSON, as the method declares them. */
    static class Build {
        static Object argument(Object value, String kind, Type wanted) throws Exception {
            if (wanted instanceof ParameterizedType several) {
                Type element = several.getActualTypeArguments()[0];
                var list = new ArrayList<Object>();
                for (Object entry : (List<?>) value) list.add(argument(entry, element(kind), element));
                return list;
            }
            if (wanted instanceof GenericArrayType several) wanted = Array.newInstance(raw(several.getGenericComponentType()), 0).getClass();
            var type = (Class<?>) wanted;
            if (kind.endsWith("[]") && type.isArray()) {
                var values = (List<?>) value;
                Object array = Array.newInstance(type.getComponentType(), values.size());
                for (int at = 0; at < values.size(); at++)
                    Array.set(array, at, argument(values.get(at), element(kind), type.getComponentType()));
                return array;
            }
            if (kind.startsWith("linked-list<")) return list((List<?>) value, type);
            if (kind.startsWith("tree<")) return tree((List<?>) value, type);
            return scalar(value, type);
        }

        static Class<?> raw(Type type) {
            return type instanceof ParameterizedType several ? (Class<?>) several.getRawType() : (Class<?>) type;
        }

        static String element(String kind) {
            return kind.endsWith("[]") ? kind.substring(0, kind.length() - 2) : kind;
        }

        static Object scalar(Object value, Class<?> type) {
            if (value instanceof Number number) {
                if (type == int.class || type == Integer.class) return number.intValue();
                if (type == long.class || type == Long.class) return number.longValue();
                if (type == double.class || type == Double.class) return number.doubleValue();
                if (type == float.class || type == Float.class) return number.floatValue();
                if (type == Object.class) return number instanceof Long ? (Object) number.intValue() : number;
            }
            if (value instanceof String text && (type == char.class || type == Character.class)) return text.charAt(0);
            if (value instanceof Boolean || type.isInstance(value)) return value;
            throw new Unfit("A parameter of the type " + type.getSimpleName() + " cannot be given what the tests hold.");
        }

        static Object make(Class<?> type) throws Exception {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        }

        static Object node(Class<?> type, Object value) throws Exception {
            Field field = Fields.of(type, "val");
            Object node = null;
            for (var each : type.getDeclaredConstructors()) {
                each.setAccessible(true);
                if (each.getParameterCount() == 0) node = each.newInstance();
                else if (each.getParameterCount() == 1 && node == null)
                    node = each.newInstance(scalar(value, each.getParameterTypes()[0]));
            }
            if (node == null) throw new Unfit(type.getSimpleName() + " has no constructor that takes a value.");
            field.set(node, scalar(value, field.getType()));
            return node;
        }

        static Object list(List<?> values, Class<?> type) throws Exception {
            Object first = null;
            for (int at = values.size() - 1; at >= 0; at--) {
                Object node = node(type, values.get(at));
                Fields.of(type, "next").set(node, first);
                first = node;
            }
            return first;
        }

        /** From the levels, top to bottom; children of what is missing are left out. */
        static Object tree(List<?> values, Class<?> type) throws Exception {
            if (values.isEmpty()) return null;
            Object root = node(type, values.get(0));
            var waiting = new ArrayDeque<>(List.of(root));
            for (int at = 1; at < values.size() && !waiting.isEmpty(); ) {
                Object parent = waiting.remove();
                for (String side : List.of("left", "right")) {
                    Object value = at < values.size() ? values.get(at++) : null;
                    if (value == null) continue;
                    Object child = node(type, value);
                    Fields.of(type, side).set(parent, child);
                    waiting.add(child);
                }
            }
            return root;
        }
    }

    /** The fields of nodes. */
    static class Fields {
        static Field of(Class<?> type, String name) {
            try {
                Field field = type.getDeclaredField(name);
                field.setAccessible(true);
                return field;
            } catch (NoSuchFieldException error) {
                throw new Unfit(type.getSimpleName() + " has no field " + name + ".");
            }
        }

        static Object get(Object node, String name) throws IllegalAccessException {
            return of(node.getClass(), name).get(node);
        }
    }

    /** Results as JSON can say them; what no test can expect is told as {"$": text}. */
    static class Taken {
        static Object taken(Object value, String kind) throws Exception {
            boolean array = value != null && value.getClass().isArray();
            if (kind.contains("<") && kind.endsWith("[]") && (array || value instanceof List)) {
                var list = new ArrayList<Object>();
                for (Object entry : entries(value)) list.add(taken(entry, Build.element(kind)));
                return list;
            }
            if (kind.startsWith("linked-list<") && !array) return list(value);
            if (kind.startsWith("tree<") && !array) return tree(value);
            return plain(value);
        }

        static List<Object> entries(Object value) {
            if (value instanceof List<?> list) return new ArrayList<>(list);
            var entries = new ArrayList<Object>();
            for (int at = 0; at < Array.getLength(value); at++) entries.add(Array.get(value, at));
            return entries;
        }

        static Object plain(Object value) {
            if (value == null) return Map.of("$", "null");
            if (value instanceof Double || value instanceof Float) {
                double number = ((Number) value).doubleValue();
                return Double.isFinite(number) ? value : Map.of("$", value.toString());
            }
            if (value instanceof Number || value instanceof Boolean || value instanceof String) return value;
            if (value instanceof Character) return value.toString();
            if (value instanceof List || value.getClass().isArray())
                return entries(value).stream().map(Taken::plain).collect(Collectors.toList());
            throw new Unfit("The method returned a value of the type " + value.getClass().getSimpleName() + ", which no test expects.");
        }

        static Object list(Object first) throws Exception {
            var values = new ArrayList<Object>();
            for (Object node = first; node != null; node = Fields.get(node, "next")) {
                if (values.size() >= LONGEST_CHAIN)
                    throw new Unfit("The list returned has no end: one of its nodes comes twice.");
                values.add(plain(Fields.get(node, "val")));
            }
            return values;
        }

        static Object tree(Object root) throws Exception {
            var values = new ArrayList<Object>();
            var waiting = new LinkedList<Object>();
            waiting.add(root);
            while (!waiting.isEmpty()) {
                if (values.size() >= LONGEST_CHAIN)
                    throw new Unfit("The tree returned has no end: one of its nodes is its own descendant.");
                Object node = waiting.remove();
                values.add(node == null ? null : plain(Fields.get(node, "val")));
                if (node != null) {
                    waiting.add(Fields.get(node, "left"));
                    waiting.add(Fields.get(node, "right"));
                }
            }
            while (!values.isEmpty() && values.get(values.size() - 1) == null) values.remove(values.size() - 1);
            return values;
        }
    }

    /** As much JSON as is needed here; what is written is ASCII. */
    static class Json {
        final String text;
        int at;

        Json(String text) {
            this.text = text;
        }

        static Object read(String text) {
            return new Json(text).value();
        }

        Object value() {
            skip();
            char first = text.charAt(at);
            if (first == '"') return string();
            if (first == '[') {
                var list = new ArrayList<Object>();
                for (at++; !closes(']'); ) list.add(value());
                return list;
            }
            if (first == '{') {
                var map = new LinkedHashMap<String, Object>();
                for (at++; !closes('}'); ) {
                    String key = string();
                    skip();
                    at++;
                    map.put(key, value());
                }
                return map;
            }
            int start = at;
            while (at < text.length() && ",]} ".indexOf(text.charAt(at)) < 0) at++;
            String word = text.substring(start, at);
            if (word.equals("null")) return null;
            if (word.equals("true") || word.equals("false")) return word.equals("true");
            return word.matches("-?\\d+") ? (Object) Long.valueOf(word) : (Object) Double.valueOf(word);
        }

        void skip() {
            while (text.charAt(at) == ' ' || text.charAt(at) == ',') at++;
        }

        boolean closes(char end) {
            skip();
            if (text.charAt(at) != end) return false;
            at++;
            return true;
        }

        String string() {
            var string = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                char next = text.charAt(at);
                if (next != '\\') {
                    string.append(next);
                    continue;
                }
                char escaped = text.charAt(++at);
                if (escaped == 'u') {
                    string.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                } else {
                    int known = "nrtbf".indexOf(escaped);
                    string.append(known < 0 ? escaped : "\n\r\t\b\f".charAt(known));
                }
            }
            at++;
            return string.toString();
        }

        static String write(Object value) {
            if (value instanceof Map<?, ?> map)
                return map.entrySet().stream()
                    .map(each -> write(each.getKey()) + ":" + write(each.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
            if (value instanceof List<?> list)
                return list.stream().map(Json::write).collect(Collectors.joining(",", "[", "]"));
            if (!(value instanceof String text)) return String.valueOf(value);
            var quoted = new StringBuilder("\"");
            for (char unit : text.toCharArray()) {
                if (unit == '"' || unit == '\\') quoted.append('\\').append(unit);
                else if (unit < ' ' || unit > '~') quoted.append(String.format("\\u%04x", (int) unit));
                else quoted.append(unit);
            }
            return quoted.append('"').toString();
        }
    }
}
