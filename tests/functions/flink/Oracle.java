import org.apache.flink.table.api.*;
import org.apache.flink.types.*;
import org.apache.flink.util.*;
import java.io.*;
import java.nio.file.*;
import java.util.*;

/** Reads SQL expressions (or whole queries starting with SELECT / WITH), one a line; writes one JSON line each. */
public class Oracle {
  static TableEnvironment env;
  public static void main(String[] a) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    boolean streaming = System.getProperty("streaming") != null;
    env = TableEnvironment.create(streaming ? EnvironmentSettings.inStreamingMode() : EnvironmentSettings.inBatchMode());
    env.getConfig().set("table.local-time-zone", System.getProperty("zone", "UTC"));
    env.getConfig().set("parallelism.default", "1");
    env.getConfig().set("table.exec.resource.default-parallelism", "1");
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    List<String> lines = new ArrayList<>();
    for (String l; (l = in.readLine()) != null;) if (!l.isBlank() && !l.startsWith("--")) lines.add(l);
    Map<String,String> result = new HashMap<>();
    List<String> good = new ArrayList<>();
    Map<String,String> types = new HashMap<>();
    for (String l : lines) {
      if (l.startsWith("SET ") ) { String[] kv = l.substring(4).split("=",2); env.getConfig().set(kv[0].trim(), kv[1].trim()); continue; }
      if (isQuery(l)) { result.put(l, query(l)); continue; }
      try {
        Table t = env.sqlQuery("SELECT " + l);
        types.put(l, type(t.getResolvedSchema().getColumnDataTypes().get(0).getLogicalType()));
        good.add(l);
      } catch (Throwable e) { result.put(l, "\"invalid\":" + json(message(e))); }
    }
    run(good, types, result);
    for (String l : lines) if (!l.startsWith("SET ")) out.println("{\"sql\":" + json(l) + "," + result.get(l) + "}");
    out.flush();
    System.exit(0);
  }
  static String type(org.apache.flink.table.types.logical.LogicalType t) {
    try { return t.asSerializableString(); } catch (RuntimeException e) { return t.asSummaryString(); }
  }
  static boolean isQuery(String l) { return l.startsWith("SELECT ") || l.startsWith("WITH "); }
  static String query(String q) {
    try {
      TableResult r = env.executeSql(q);
      StringBuilder b = new StringBuilder("\"type\":" + json(r.getResolvedSchema().getColumnDataTypes().stream().map(t -> type(t.getLogicalType())).toList().toString()) + ",\"rows\":[");
      List<String> rows = new ArrayList<>();
      try (CloseableIterator<Row> it = r.collect()) {
        while (it.hasNext()) {
          Row row = it.next();
          boolean adds = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
          row.setKind(RowKind.INSERT);
          if (adds) rows.add(show(row)); else rows.remove(show(row));
        }
      }
      return b.append(String.join(",", rows)).append("]").toString();
    } catch (Throwable e) { return "\"error\":" + json(message(e)); }
  }
  static void run(List<String> es, Map<String,String> types, Map<String,String> result) {
    if (es.isEmpty()) return;
    if (es.size() > 25) { run(es.subList(0, es.size()/2), types, result); run(es.subList(es.size()/2, es.size()), types, result); return; }
    try {
      StringBuilder q = new StringBuilder("SELECT ");
      for (int i = 0; i < es.size(); i++) q.append(i == 0 ? "" : ", ").append(es.get(i)).append(" AS c").append(i);
      Row row; 
      try (CloseableIterator<Row> it = env.executeSql(q.toString()).collect()) { row = it.next(); }
      for (int i = 0; i < es.size(); i++) result.put(es.get(i), "\"type\":" + json(types.get(es.get(i))) + ",\"value\":" + show(row.getField(i)));
    } catch (Throwable e) {
      if (es.size() == 1) result.put(es.get(0), "\"type\":" + json(types.get(es.get(0))) + ",\"error\":" + json(message(e)));
      else { run(es.subList(0, es.size()/2), types, result); run(es.subList(es.size()/2, es.size()), types, result); }
    }
  }
  static String message(Throwable e) {
    StringBuilder b = new StringBuilder();
    Throwable root = e; 
    for (Throwable c = e; c != null; c = c.getCause()) root = c;
    return root.getClass().getSimpleName() + ": " + String.valueOf(root.getMessage()).split("\n\tat")[0];
  }
  static String show(Object o) {
    if (o == null) return "null";
    if (o instanceof String) return json((String) o);
    if (o instanceof byte[]) { StringBuilder b = new StringBuilder("x'"); for (byte x : (byte[]) o) b.append(String.format("%02x", x)); return json(b + "'"); }
    if (o instanceof Object[]) { StringJoiner j = new StringJoiner(",", "[", "]"); for (Object x : (Object[]) o) j.add(show(x)); return j.toString(); }
    if (o instanceof Row) { Row r = (Row) o; StringJoiner j = new StringJoiner(",", "{\"row\":[", "]" + (r.getKind() == RowKind.INSERT ? "" : ",\"kind\":\"" + r.getKind().shortString() + "\"") + "}"); for (int i = 0; i < r.getArity(); i++) j.add(show(r.getField(i))); return j.toString(); }
    if (o instanceof Map) { StringJoiner j = new StringJoiner(",", "{\"map\":[", "]}"); for (Map.Entry<?,?> x : ((Map<?,?>) o).entrySet()) j.add("[" + show(x.getKey()) + "," + show(x.getValue()) + "]"); return j.toString(); }
    if (o instanceof Double || o instanceof Float) { double d = ((Number) o).doubleValue(); return Double.isNaN(d) || Double.isInfinite(d) ? json(o.toString()) : o.toString(); }
    if (o instanceof Long && ((Long) o > 9007199254740991L || (Long) o < -9007199254740991L)) return json(o.toString());
    if (o instanceof java.time.Period) return Long.toString(((java.time.Period) o).toTotalMonths());
    if (o instanceof java.time.Duration) return Long.toString(((java.time.Duration) o).toMillis());
    if (o instanceof java.time.LocalDateTime) return json(time((java.time.LocalDateTime) o));
    if (o instanceof java.time.Instant) return json(time(java.time.LocalDateTime.ofInstant((java.time.Instant) o, java.time.ZoneOffset.UTC)) + "Z");
    if (o instanceof java.time.LocalTime) return json(clock((java.time.LocalTime) o));
    if (o instanceof Number || o instanceof Boolean) return o instanceof java.math.BigDecimal ? json(((java.math.BigDecimal) o).toPlainString()) : o.toString();
    if (o.getClass().isArray()) { StringJoiner j = new StringJoiner(",", "[", "]"); for (int i = 0; i < java.lang.reflect.Array.getLength(o); i++) j.add(show(java.lang.reflect.Array.get(o, i))); return j.toString(); }
    return json(o.toString());
  }
  static String time(java.time.LocalDateTime t) { return t.toLocalDate() + " " + clock(t.toLocalTime()); }
  static String clock(java.time.LocalTime t) {
    String s = t.format(java.time.format.DateTimeFormatter.ofPattern("HH:mm:ss"));
    return t.getNano() == 0 ? s : s + ("." + String.format("%09d", t.getNano())).replaceAll("0+$", "");
  }
  static String json(String s) {
    StringBuilder b = new StringBuilder("\"");
    for (char c : s.toCharArray()) { if (c == '"' || c == '\\') b.append('\\').append(c); else if (c < 32 || c > 126) b.append(String.format("\\u%04x", (int) c)); else b.append(c); }
    return b.append('"').toString();
  }
}
