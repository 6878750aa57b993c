import org.apache.flink.table.api.*;
import org.apache.flink.table.api.internal.*;
import org.apache.flink.table.data.*;
import org.apache.flink.table.types.*;
import org.apache.flink.table.types.logical.*;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.table.planner.delegation.PlannerBase;
import org.apache.flink.table.planner.operations.PlannerQueryOperation;
import org.apache.flink.table.planner.codegen.*;
import org.apache.flink.table.runtime.generated.GeneratedFunction;
import org.apache.flink.table.data.conversion.*;
import org.apache.flink.api.common.functions.*;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.*;
import org.apache.calcite.rex.RexNode;
import java.io.*;
import java.util.*;
import java.lang.reflect.*;

/** As Oracle, for expressions only: runs the code that the planner generates for each, without folding and without a job. Some 100 a second. */
public class ExpressionOracle {
  public static void main(String[] a) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    TableEnvironment env = TableEnvironment.create(EnvironmentSettings.inBatchMode());
    env.getConfig().set("table.local-time-zone", System.getProperty("zone", "UTC"));
    Method show = Class.forName("Oracle").getDeclaredMethod("show", Object.class), json = Class.forName("Oracle").getDeclaredMethod("json", String.class),
      message = Class.forName("Oracle").getDeclaredMethod("message", Throwable.class), typeOf = Class.forName("Oracle").getDeclaredMethod("type", LogicalType.class);
    for (Method m : List.of(show, json, message, typeOf)) m.setAccessible(true);
    PlannerBase planner = (PlannerBase) ((TableEnvironmentInternal) env).getClass().getMethod("getPlanner").invoke(env);
    ClassLoader cl = Thread.currentThread().getContextClassLoader();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String l; (l = in.readLine()) != null;) {
      if (l.isBlank()) continue;
      StringBuilder b = new StringBuilder("{\"sql\":" + json.invoke(null, l) + ",");
      String type = null;
      try {
        TableImpl t = (TableImpl) env.sqlQuery("SELECT " + l);
        LogicalType lt = t.getResolvedSchema().getColumnDataTypes().get(0).getLogicalType();
        type = (String) typeOf.invoke(null, lt);
        RelNode rel = ((PlannerQueryOperation) t.getQueryOperation()).getCalciteTree();
        if (!(rel instanceof Project)) throw new IllegalStateException("skip " + rel.getClass());
        RexNode rex = ((Project) rel).getProjects().get(0);
        RowType rowType = RowType.of(lt.copy(true));
        Object value;
        try {
          CodeGeneratorContext ctx = new ConstantCodeGeneratorContext(planner.getTableConfig(), cl);
          RowType empty = RowType.of();
          ExprCodeGenerator g0 = new ExprCodeGenerator(ctx, false);
          ExprCodeGenerator g = g0.bindInput(empty, g0.bindInput$default$2(), g0.bindInput$default$3());
          GeneratedExpression e = g.generateExpression(rex);
          scala.collection.Seq<GeneratedExpression> seq = scala.collection.JavaConverters.asScalaBuffer(List.of(e)).toSeq();
          GeneratedExpression r = g.generateResultExpression(seq, rowType, GenericRowData.class, g.generateResultExpression$default$4(), g.generateResultExpression$default$5(), g.generateResultExpression$default$6(), g.generateResultExpression$default$7());
          GeneratedFunction<MapFunction> f = FunctionCodeGenerator.generateFunction(ctx, "Answer", MapFunction.class, r.code() + "\nreturn " + r.resultTerm() + ";", rowType, empty,
            FunctionCodeGenerator.generateFunction$default$7(), FunctionCodeGenerator.generateFunction$default$8(), FunctionCodeGenerator.generateFunction$default$9(), FunctionCodeGenerator.generateFunction$default$10(), FunctionCodeGenerator.generateFunction$default$11());
          MapFunction fn = f.newInstance(cl);
          if (fn instanceof RichFunction) ((RichFunction) fn).open(org.apache.flink.api.common.functions.DefaultOpenContext.INSTANCE);
          RowData row = (RowData) fn.map(new GenericRowData(0));
          DataType dt = TypeConversions.fromLogicalToDataType(rowType);
          DataStructureConverter c = DataStructureConverters.getConverter(dt);
          c.open(cl);
          value = ((org.apache.flink.types.Row) c.toExternal(row)).getField(0);
          b.append("\"type\":" + json.invoke(null, type) + ",\"value\":" + show.invoke(null, value));
        } catch (Throwable e) {
          b.append("\"type\":" + json.invoke(null, type) + ",\"error\":" + json.invoke(null, message.invoke(null, e)));
        }
      } catch (Throwable e) { b.append("\"invalid\":" + json.invoke(null, message.invoke(null, e))); }
      out.println(b.append("}"));
    }
    out.flush(); System.exit(0);
  }
}
